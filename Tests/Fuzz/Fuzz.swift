import BadInput
import Foundation

/// Has libFuzzer make up inputs of one kind: `FUZZ_KIND=json fuzz [options of libFuzzer] [corpora]`; `make fuzz` runs it.
///
/// The kind is in the environment because libFuzzer starts the program again for some of its options, with those alone.
@main
enum Fuzz {
    /// Set once, before the first input.
    nonisolated(unsafe) private static var kind = InputKind.json

    static func main() {
        let name = ProcessInfo.processInfo.environment["FUZZ_KIND"] ?? ""
        guard let kind = InputKind(rawValue: name) else {
            print("fuzz: FUZZ_KIND is one of \(InputKind.allCases.map(\.rawValue).joined(separator: ", "))")
            exit(64)
        }
        Self.kind = kind
        var values = CommandLine.arguments.map { strdup($0) } + [nil]
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
