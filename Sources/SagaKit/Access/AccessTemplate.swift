/// A text of IAM with `${Name}` for what a deployment sets and `{Member.Of.It}` for a value of the call.
package struct AccessTemplate: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    private enum Piece: Hashable, Sendable {
        case text(String)
        case ofDeployment(String)
        case ofCall(String)
    }

    /// As it is written.
    package let text: String
    private let pieces: [Piece]

    package init(stringLiteral text: String) { self.init(text) }

    package init(_ text: String) {
        self.text = text
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            let before = rest[..<open]
            let isOfDeployment = before.last == "$"
            pieces.append(.text(String(isOfDeployment ? before.dropLast() : before)))
            pieces.append(isOfDeployment ? .ofDeployment(name) : .ofCall(name))
            rest = rest[rest.index(after: close)...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    /// The values of the call that stand in it.
    package var namesOfCall: [String] {
        pieces.compactMap { if case .ofCall(let name) = $0 { name } else { nil } }
    }

    /// What a policy allows: anything where the call decides, and `${…}` as it is.
    package var pattern: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .ofDeployment(let name): "${\(name)}"
            case .ofCall: "*"
            }
        }.joined()
    }

    /// The text for one call; a value that a call does not give is empty.
    package func text(of facts: [String: String], in deployment: [String: String]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .ofCall(let name): return facts[name] ?? ""
            case .ofDeployment(let name):
                guard let value = deployment[name] else { preconditionFailure("no deployment sets ${\(name)}") }
                return value
            }
        }.joined()
    }
}
