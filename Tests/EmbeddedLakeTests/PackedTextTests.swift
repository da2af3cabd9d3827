import EmbeddedLake
import GRDB
import StatesLanguage
import Testing

struct PackedTextTests {
    @Test(arguments: [
        "", "a", "[]", "\u{1}", "ababababababababababababababab", String(repeating: "x", count: 100_000),
        (0..<20_000).map { "\($0)" }.joined(), "été 𝄞 \"{}\"",
    ])
    func `a text is unpacked as it was packed`(text: String) throws {
        #expect(try PackedText.unpack(PackedText.pack(text.utf8)) == text)
    }

    @Test func `any mix of words is unpacked as it was packed`() throws {
        let words = [
            "cleanroom request=", "execution", "{\"t\":1764000000000,\"r\":{}}", "é", "a", "\u{0}", "0123456789",
        ]
        for seed in 0..<500 {
            var random = SeededRandom(seed: UInt64(seed))
            let text = (0..<Int.random(in: 0..<80, using: &random))
                .map { _ in words.randomElement(using: &random) ?? "" }.joined()
            #expect(try PackedText.unpack(PackedText.pack(text.utf8)) == text)
        }
    }

    @Test func `what says the same again takes little`() {
        let text = String(repeating: "{\"Name\":\"acme_room\",\"CatalogId\":\"000000000000\"}", count: 100)
        #expect(PackedText.pack(text.utf8).count < text.utf8.count / 20)
    }

    @Test func `a text that was not packed is read as it is`() throws {
        #expect(try PackedText.unpack(Array("[{\"t\":1}]".utf8)) == "[{\"t\":1}]")
    }

    @Test func `bytes that are damaged are an error or another text, and never more than that`() throws {
        let packed = PackedText.pack("[{\"t\":1764000000000,\"r\":{\"Failures\":[]}}]".utf8)
        for position in packed.indices {
            for byte in [0, 1, 127, 128, 255] as [UInt8] {
                var damaged = packed
                damaged[position] = byte
                for bytes in [damaged, Array(damaged[..<position])] {
                    do {
                        _ = try PackedText.unpack(bytes)
                    } catch {
                        #expect((error as? DatabaseError)?.resultCode == .SQLITE_CORRUPT)
                    }
                }
            }
        }
    }
}
