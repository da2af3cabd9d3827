import StatesLanguage

/// Writes a picture in the language of Graphviz, whose `dot` lays it out itself.
///
/// Source: <https://graphviz.org/doc/info/lang.html>
struct DotWriter {
    private let diagram: Diagram
    private var lines: [String] = []

    init(_ diagram: Diagram) {
        self.diagram = diagram
        lines = [
            "digraph {",
            "  graph [rankdir=TB, compound=true, fontname=\"Helvetica\", label=\(Self.quoted(diagram.title)), labelloc=t]",
            "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\", fontsize=11]",
            "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#687482\"]",
            "  start [label=Start, shape=circle, fillcolor=\"#eaeff4\"]",
        ]
        write(diagram.chart, prefix: "n", isInner: false, indent: "  ")
        lines.append("  start -> \(Self.anchor(diagram.chart.nodes[0], "n0", isEnd: false))")
        lines.append("}")
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private mutating func write(_ chart: Chart, prefix: String, isInner: Bool, indent: String) {
        let parts = Outline(chart, isWhole: isInner).parts
        for (index, part) in parts.enumerated() {
            let isNamed = index > 0
            if isNamed {
                let title = Self.quoted(chart.nodes[part.nodes[0]].name)
                lines.append("\(indent)subgraph cluster_\(prefix)_part\(index) { label=\(title); color=\"#c6d0da\"")
            }
            for node in part.nodes {
                write(chart.nodes[node], id: "\(prefix)\(node)", indent: isNamed ? indent + "  " : indent)
            }
            if isNamed { lines.append("\(indent)}") }
        }
        for link in chart.links {
            let (source, target) = (chart.nodes[link.source], chart.nodes[link.target])
            let (from, to) = ("\(prefix)\(link.source)", "\(prefix)\(link.target)")
            var attributes: [String] = []
            if !link.label.isEmpty { attributes.append("label=\(Self.quoted(link.label))") }
            if link.kind == .error { attributes.append("style=dashed, color=\"#c2600c\", fontcolor=\"#a34d06\"") }
            // Arrows to and from what holds branches end at its border.
            if !source.branches.isEmpty { attributes.append("ltail=cluster_\(from)") }
            if !target.branches.isEmpty { attributes.append("lhead=cluster_\(to)") }
            let tail = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append(
                "\(indent)\(Self.anchor(source, from, isEnd: true)) -> \(Self.anchor(target, to, isEnd: false))\(tail)")
        }
        let ends = chart.nodes.indices.filter { chart.nodes[$0].isTerminal }
        guard !isInner, !ends.isEmpty else { return }
        lines.append("\(indent)stop [label=End, shape=circle, fillcolor=\"#eaeff4\"]")
        for end in ends {
            lines.append("\(indent)\(Self.anchor(chart.nodes[end], "\(prefix)\(end)", isEnd: true)) -> stop")
        }
    }

    private mutating func write(_ node: Chart.Node, id: String, indent: String) {
        let visit = diagram.run?.visits[node.name]
        let words = [node.name, node.detail, visit?.facts ?? ""].filter { !$0.isEmpty }
        let label = "label=\(Self.quoted(words.joined(separator: "\n")))"
        let colours = diagram.run == nil ? "" : ", \(Self.colours(visit?.status))"
        guard node.branches.isEmpty else {
            lines.append("\(indent)subgraph cluster_\(id) { \(label); style=rounded")
            for (index, branch) in node.branches.enumerated() {
                lines.append(
                    "\(indent)  subgraph cluster_\(id)_\(index) { label=\(Self.quoted(branch.title)); style=dashed")
                write(branch.chart, prefix: "\(id)_\(index)_", isInner: true, indent: indent + "    ")
                lines.append("\(indent)  }")
            }
            lines.append("\(indent)}")
            return
        }
        let shape = node.kind == .choice ? ", shape=diamond, style=filled" : ""
        lines.append("\(indent)\(id) [\(label)\(shape)\(colours)]")
    }

    /// The node at which an arrow to or from a box ends: for what holds branches one inside it.
    private static func anchor(_ node: Chart.Node, _ id: String, isEnd: Bool) -> String {
        guard let branch = node.branches.first else { return id }
        let inner = isEnd ? branch.chart.nodes.indices.last { branch.chart.nodes[$0].isTerminal } ?? 0 : 0
        return anchor(branch.chart.nodes[inner], "\(id)_0_\(inner)", isEnd: isEnd)
    }

    private static func colours(_ status: Run.Status?) -> String {
        switch status {
        case .succeeded: "fillcolor=\"#eaf6e6\", color=\"#1d8102\""
        case .failed: "fillcolor=\"#fdecea\", color=\"#d13212\""
        case .caught: "fillcolor=\"#fdf1e3\", color=\"#d9730d\""
        case .running: "fillcolor=\"#e6f1fb\", color=\"#0073bb\""
        case .cancelled: "fillcolor=\"#eef0f2\", color=\"#6b7280\""
        case nil: "color=\"#c3ccd5\", fontcolor=\"#8d99a5\""
        }
    }

    static func quoted(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "&": result += "&amp;"
            case "\n": result += "\\n"
            default:
                if VisibleText.isHidden(scalar) {
                    result += "\u{FFFD}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return "\"\(result)\""
    }
}

extension Diagram {
    /// The picture for Graphviz.
    package var dot: String { DotWriter(self).text }
}
