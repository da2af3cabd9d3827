import BadInput
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The corpora of the fuzzer, and texts of the same kinds made up from them: the rules of `InputKind` hold for all.
struct CorpusTests {
    private static func corpus(_ kind: InputKind) throws -> [[UInt8]] {
        let folder = Project.root.appending(path: "Tests/Fixtures/corpora/\(kind.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test(arguments: InputKind.allCases)
    func `the rules hold for all that the fuzzer has kept`(kind: InputKind) throws {
        let corpus = try Self.corpus(kind)
        #expect(corpus.count > 5)
        for bytes in corpus {
            #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") { try kind.check(bytes) }
        }
    }

    @Test(arguments: InputKind.allCases)
    func `the rules hold for what comes of mixing and mangling it`(kind: InputKind) throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let corpus = try Self.corpus(kind)
        for _ in 0..<3000 {
            let bytes = Self.mangled(corpus, &random)
            #expect(throws: Never.self, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))") {
                try kind.check(bytes)
            }
        }
    }

    /// One text, or the beginning of one and the end of another, with some bytes lost, doubled or changed.
    private static func mangled(_ corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        if Bool.random(using: &random), let other = corpus.randomElement(using: &random) {
            bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
            bytes += other.suffix(.random(in: 0...other.count, using: &random))
        }
        for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(bytes[place], at: place)
            case 2: bytes[place] = Array("$.[]{}()'\"`\\,:09aS*?@!&|= ".utf8).randomElement(using: &random) ?? 0
            default: bytes[place] = .random(in: 0...255, using: &random)
            }
        }
        return bytes
    }
}
