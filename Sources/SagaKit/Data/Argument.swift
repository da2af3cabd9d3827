package import StatesLanguage

/// A value in a template: a literal, what is at a place, or a call of an intrinsic function.
///
/// Whether the name of a member ends in `.$` follows from its value, and is written nowhere but here.
package struct Argument: Reference {
    /// The literal, or the text of the path or call.
    package let json: JSONValue
    private let isComputed: Bool

    private init(_ literal: JSONValue) { (json, isComputed) = (literal, false) }
    /// What a path or a call gives that no place stands for.
    package init(computing text: String) { (json, isComputed) = (.string(text), true) }

    /// What is at a place.
    package init(_ place: Place) { self.init(computing: place.path) }

    /// A text as it stands. What looks like a path would be a mistake in the workflow that no input can cause.
    package static func text(_ text: String) -> Argument {
        precondition(!text.hasPrefix("$.") && !text.hasPrefix("$$."), "\(text) is a place, and no text")
        return Argument(.string(text))
    }

    package static func texts(_ texts: [String]) -> Argument { Argument(.strings(texts)) }
    package static func number(_ number: Int64) -> Argument { Argument(.integer(number)) }

    /// An object whose members come to lie at places in a part of the data.
    package static func object(at part: Place, _ members: [(place: Place, value: Argument)]) -> Argument {
        var object = JSONObject()
        for (place, value) in members { value.put(at: place.names(below: part)[...], in: &object) }
        return Argument(.object(object))
    }

    private func put(at names: ArraySlice<String>, in object: inout JSONObject) {
        guard let name = names.first else { return }
        if names.count == 1 {
            let (name, json) = member(name)
            object[name] = json
        } else {
            var inner = object[name]?.objectValue ?? [:]
            put(at: names.dropFirst(), in: &inner)
            object[name] = .object(inner)
        }
    }

    /// The value as a member: its name says whether it is computed.
    package func member(_ name: String, computed suffix: String = ".$") -> (name: String, json: JSONValue) {
        precondition(!name.hasSuffix(".$"), "the suffix of \(name) is written here")
        return (isComputed ? name + suffix : name, json)
    }

    /// The value as an argument of an intrinsic function.
    private var written: String {
        switch json {
        case .string(let text): isComputed ? text : Self.quoted(text)
        case .integer(let number): "\(number)"
        default: preconditionFailure("no argument of an intrinsic function is a literal \(json.kind)")
        }
    }

    private static func quoted(_ text: String) -> String {
        // Nearly no text has anything to escape, and to look is cheaper than to replace.
        let isPlain = !text.utf8.contains { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "'") }
        return isPlain ? "'\(text)'" : "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

extension Argument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self.init(.bool(value)) }

    package init(arrayLiteral elements: Argument...) { self = .list(elements) }

    /// A list of literals; AWS computes none in a list.
    package static func list(_ elements: [Argument]) -> Argument {
        precondition(!elements.contains(where: \.isComputed), "an element of a list cannot be computed")
        return Argument(.array(elements.map(\.json)))
    }

    /// An object; what is `nil` is left out.
    package init(dictionaryLiteral members: (String, Argument?)...) {
        self.init(.object(JSONObject(members.compactMap { name, value in value?.member(name) })))
    }
}

// MARK: - Intrinsic functions

/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>
extension Argument {
    private static func call(_ function: IntrinsicFunction, _ arguments: [Argument]) -> Argument {
        Argument(computing: "\(function.rawValue)(\(arguments.map(\.written).joined(separator: ", ")))")
    }

    /// A text with a value for each `{}`.
    package static func format(_ text: String, _ values: Argument...) -> Argument { format(text, values) }
    package static func format(_ text: String, _ values: [Argument]) -> Argument {
        call(.format, [.text(text)] + values)
    }

    /// An object of one member whose name is only known at run time. Neither the name nor the value, a text, may have a
    /// character that JSON escapes.
    ///
    /// - Parameter name: a text of `States.Format` with the value at a place.
    package static func object(named name: String, _ part: Argument, value: Argument) -> Argument {
        // Braces that stand for themselves are escaped in a template, and nothing else here is.
        let template = Argument(computing: "'\\{\"\(name)\":\"{}\"\\}'")
        return stringToJSON(call(.format, [template, part, value]))
    }

    /// The parts of a text between the characters of a set.
    package static func stringSplit(_ text: Argument, by characters: String) -> Argument {
        call(.stringSplit, [text, .text(characters)])
    }

    package static func stringToJSON(_ text: Argument) -> Argument { call(.stringToJson, [text]) }
    package static func jsonToString(_ value: Argument) -> Argument { call(.jsonToString, [value]) }
    package static func array(_ elements: [Argument]) -> Argument { call(.array, elements) }
    package static func arrayGetItem(_ array: Argument, _ index: Argument) -> Argument {
        call(.arrayGetItem, [array, index])
    }
    package static func arrayContains(_ array: Argument, _ element: Argument) -> Argument {
        call(.arrayContains, [array, element])
    }
    package static func arrayLength(_ array: Argument) -> Argument { call(.arrayLength, [array]) }
    package static func arrayUnique(_ array: Argument) -> Argument { call(.arrayUnique, [array]) }
    package static func mathAdd(_ number: Argument, _ other: Int64) -> Argument {
        call(.mathAdd, [number, .number(other)])
    }
    package static func mathRandom(_ least: Int64, below limit: Argument) -> Argument {
        call(.mathRandom, [.number(least), limit])
    }
    package static func sha256(_ text: Argument) -> Argument { call(.hash, [text, "SHA-256"]) }
    package static let uuid = call(.uuid, [])
}

// MARK: - What has no place

extension Argument {
    /// What is known of an execution besides its data.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
    package enum Context: String {
        case executionID = "Execution.Id"
        case executionName = "Execution.Name"
        case executionStartTime = "Execution.StartTime"
        case stateMachineID = "StateMachine.Id"
    }

    package static func context(_ context: Context) -> Argument { Argument(computing: "$$." + context.rawValue) }

    /// All that a state gets.
    package static let input = Argument(computing: Place.root.path)

    /// A member of a service's reply, by its path in it. Its names are held against AWS's models at assembly.
    package static func reply(_ path: String) -> Argument { Argument(computing: "$." + path) }
}

extension Place.List where Leaf == Argument {
    package var each: Argument { Argument(computing: place.path + "[*]") }
    /// All but the first.
    package var rest: Argument { Argument(computing: place.path + "[1:]") }
}
