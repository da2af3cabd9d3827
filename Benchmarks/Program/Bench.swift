import StatesLanguage

/// The loops of the benchmark that run inside a process. Each prints one JSON object, which `Benchmarks/bench.py` reads.
@main
enum Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let options = Options(arguments.dropFirst())
        let result: JSONValue
        switch arguments.first {
        case "rooms": result = try await RoomsLoop(options).run()
        case "bare": result = try BareLoop(options).run()
        case "transitions": result = try Transitions(options).run()
        case "sign": result = try SignedStarts(options).run()
        case "fixed": result = try FixedWorkload(options).run()
        default: throw Options.Invalid(description: "there is no loop '\(arguments.first ?? "")'")
        }
        print(result.text)
    }
}

/// What is given as `name=value`.
struct Options {
    struct Invalid: Error, CustomStringConvertible {
        let description: String
    }

    private let values: [String: String]

    init(_ arguments: some Sequence<String>) {
        let pairs = arguments.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        values = Dictionary(pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { $1 }
    }

    subscript(name: String) -> String? { values[name] }

    func text(_ name: String) throws -> String {
        guard let text = values[name] else { throw Invalid(description: "\(name)=… is missing") }
        return text
    }

    func number(_ name: String) throws -> Int {
        guard let number = Int(try text(name)) else { throw Invalid(description: "\(name) is not a number") }
        return number
    }

    /// Numbers with commas between them.
    func numbers(_ name: String) throws -> [Int] {
        try text(name).split(separator: ",").map { text in
            guard let number = Int(text) else { throw Invalid(description: "\(name) has no number '\(text)'") }
            return number
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension [Double] {
    /// The value below which `part` of all are; they need not be sorted.
    func percentile(_ part: Double) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, Int(Double(count) * part))]
    }
}
