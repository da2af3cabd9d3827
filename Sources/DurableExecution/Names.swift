/// The Amazon Resource Name of an execution: `arn:aws:states:region:account:execution:machine:name`.
package struct ExecutionARN: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The name of the execution called `name` of the machine with this ARN.
    package init(machine: String, name: String) {
        text = machine.replacingFirst(":stateMachine:", with: ":execution:") + ":" + name
    }

    /// The name of the execution itself: what stands behind the last colon.
    package var name: String { String(text[end...].dropFirst()) }

    /// The name of its machine.
    package var machine: String { String(text[..<end]).replacingFirst(":execution:", with: ":stateMachine:") }

    private var end: String.Index { text.utf8.lastIndex(of: UInt8(ascii: ":")) ?? text.endIndex }

    package var description: String { text }
}

/// A state machine as an execution knows it: its names, and which version of its definition it runs.
package struct StateMachineReference: Hashable, Sendable {
    package let arn: String
    package let name: String
    /// The role under which the machine acts.
    package let roleARN: String
    /// The SHA-256 of the definition with its substitutions applied, in hexadecimal.
    package let definitionHash: String

    package init(arn: String, name: String, roleARN: String, definitionHash: String) {
        self.arn = arn
        self.name = name
        self.roleARN = roleARN
        self.definitionHash = definitionHash
    }

    /// The name of the execution called `name`.
    package func executionARN(name: String) -> ExecutionARN {
        ExecutionARN(machine: arn, name: name)
    }
}

extension String {
    /// The text with the first `part` replaced. Byte by byte, since names are taken apart for each step.
    fileprivate func replacingFirst(_ part: String, with other: String) -> String {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        var start = 0
        while start + part.count <= bytes.count {
            if bytes[start] == part[0], bytes[start..<(start + part.count)].elementsEqual(part) {
                return String(
                    decoding: bytes[..<start] + Array(other.utf8) + bytes[(start + part.count)...], as: UTF8.self)
            }
            start += 1
        }
        return self
    }
}
