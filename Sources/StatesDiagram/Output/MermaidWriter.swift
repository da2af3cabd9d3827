import StatesLanguage

/// Writes a picture as a flowchart for mermaid, which lays it out itself.
///
/// Source: <https://mermaid.js.org/syntax/flowchart.html>
struct MermaidWriter {
    private let diagram: Diagram
    private var lines: [String] = []
    private var classes: [String: [String]] = [:]

    init(_ diagram: Diagram) {
        self.diagram = diagram
        if !diagram.title.isEmpty { lines += ["---", "title: \(Self.yaml(diagram.title))", "---"] }
        lines.append("flowchart TD")
        lines += ["    start((Start))", "    start --> n0"]
        write(diagram.chart, prefix: "n", isInner: false, indent: "    ")
        for (status, style) in Self.styles {
            guard let nodes = classes[status] else { continue }
            lines += ["    classDef \(status) \(style)", "    class \(nodes.joined(separator: ",")) \(status)"]
        }
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private static let styles = [
        ("succeeded", "fill:#eaf6e6,stroke:#1d8102,color:#16191f"),
        ("failed", "fill:#fdecea,stroke:#d13212,color:#16191f"),
        ("caught", "fill:#fdf1e3,stroke:#d9730d,color:#16191f"),
        ("running", "fill:#e6f1fb,stroke:#0073bb,color:#16191f"),
        ("cancelled", "fill:#eef0f2,stroke:#6b7280,color:#16191f"),
        ("unreached", "fill:#fff,stroke:#c3ccd5,color:#8d99a5"),
    ]

    private mutating func write(_ chart: Chart, prefix: String, isInner: Bool, indent: String) {
        let parts = Outline(chart, isWhole: isInner).parts
        for (index, part) in parts.enumerated() {
            let isNamed = index > 0
            if isNamed {
                let title = Self.quoted(chart.nodes[part.nodes[0]].name)
                lines.append("\(indent)subgraph \(prefix)_part\(index)[\(title)]")
            }
            for node in part.nodes {
                write(chart.nodes[node], id: "\(prefix)\(node)", indent: isNamed ? indent + "    " : indent)
            }
            if isNamed { lines.append("\(indent)end") }
        }
        for link in chart.links {
            let arrow = link.kind == .error ? "-.->" : "-->"
            let words = link.label.isEmpty ? "" : "|\(Self.quoted(link.label))|"
            lines.append("\(indent)\(prefix)\(link.source) \(arrow)\(words) \(prefix)\(link.target)")
        }
        let ends = chart.nodes.indices.filter { chart.nodes[$0].isTerminal }
        guard !isInner, !ends.isEmpty else { return }
        lines.append("\(indent)stop((End))")
        lines += ends.map { "\(indent)\(prefix)\($0) --> stop" }
    }

    private mutating func write(_ node: Chart.Node, id: String, indent: String) {
        var words = [node.name, node.detail]
        if let visit = diagram.run?.visits[node.name] { words.append(visit.facts) }
        if diagram.run != nil {
            classes[diagram.run?.visits[node.name]?.status.rawValue ?? "unreached", default: []].append(id)
        }
        let text = Self.quoted(words.filter { !$0.isEmpty }.joined(separator: "\n"))
        guard node.branches.isEmpty else {
            // The title of a subgraph has one line.
            let title = Self.quoted(words.filter { !$0.isEmpty }.joined(separator: ": "))
            lines.append("\(indent)subgraph \(id)[\(title)]")
            for (index, branch) in node.branches.enumerated() {
                guard !branch.title.isEmpty else {
                    write(branch.chart, prefix: "\(id)_\(index)_", isInner: true, indent: indent + "    ")
                    continue
                }
                let branchID = "\(id)_\(index)"
                lines.append("\(indent)    subgraph \(branchID)[\(Self.quoted(branch.title))]")
                write(branch.chart, prefix: "\(branchID)_", isInner: true, indent: indent + "        ")
                lines.append("\(indent)    end")
            }
            lines.append("\(indent)end")
            return
        }
        switch node.kind {
        case .choice: lines.append("\(indent)\(id){\(text)}")
        case .succeed, .fail: lines.append("\(indent)\(id)([\(text)])")
        default: lines.append("\(indent)\(id)(\(text))")
        }
    }

    /// A text in quotes, with mermaid's own escapes.
    static func quoted(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "<br/>"
            case "\"", "#", "&", "<", ">", "`", "\\", "{", "}", "[", "]", "|": result += "#\(scalar.value);"
            default:
                if VisibleText.isHidden(scalar) {
                    result += "\u{FFFD}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return "\"\(result.isEmpty ? " " : result)\""
    }

    private static func yaml(_ text: String) -> String {
        let line = text.unicodeScalars.map { VisibleText.isHidden($0) ? "\u{FFFD}" : String($0) }.joined()
        return "\"" + line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension Diagram {
    /// The picture for mermaid, such as in Markdown on GitHub.
    package var mermaid: String { MermaidWriter(self).text }
}
