import BadInput
import Foundation

/// Has libFuzzer make up inputs of one kind: `fuzz KIND [options of libFuzzer] [corpora]`; `make fuzz` runs it.
@main
enum Fuzz {
    /// Set once, before the first input.
    nonisolated(unsafe) private static var kind = InputKind.json

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let kind = InputKind(rawValue: arguments[1]) else {
            print("fuzz: the first argument is one of \(InputKind.allCases.map(\.rawValue).joined(separator: ", "))")
            exit(64)
        }
        Self.kind = kind
        var values = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
        var count = CInt(values.count - 1)
        let status = values.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            return runFuzzer(&count, &base) { start, count in
                do {
                    try Fuzz.kind.check(Array(UnsafeBufferPointer(start: start, count: count)))
                } catch {
                    fatalError("\(error)")
                }
                return 0
            }
        }
        exit(status)
    }
}

/// libFuzzer as a library: <https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library>
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
