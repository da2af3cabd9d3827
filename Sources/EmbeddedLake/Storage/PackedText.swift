import Foundation
package import GRDB

/// Text in as few bytes as it takes: what has come before is not written again, but pointed to.
///
/// The journal of a room says its name, its location and its marker dozens of times, between words that are the same for
/// all rooms. Those stand in a `PackedTextSample` that every text can point into, as if it came before. A packed text is
/// the byte of the sample's version and then pieces, each of a length byte and what it says:
///
/// - up to 127: one more byte than this as they are;
/// - from 128: 124 bytes less than this from further back, how far is in the two bytes that follow, the lower first.
///
/// Whatever does not begin with the version is a text as it is, as somebody who repairs a lake may write it.
package enum PackedText {
    private static let shortestMatch = 4
    private static let longestMatch = 131
    /// How far back a match may be, which keeps a position within 16 bits.
    private static let window = 65_000

    /// The packed text as a value for the database.
    static func value(_ text: some Collection<UInt8>) -> Data { Data(pack(text)) }
}

// MARK: Packing

extension PackedText {
    private static let hashBits = 12

    /// Where each four bytes of the sample stand last.
    private static let placesInSample = {
        var places = [UInt16](repeating: .max, count: 1 << hashBits)
        let sample = PackedTextSample.current.bytes
        sample.withUnsafeBufferPointer { bytes in
            for position in 0...(bytes.count - shortestMatch) { places[hash(bytes, position)] = UInt16(position) }
        }
        return places
    }()

    /// - Parameter text: in UTF-8.
    package static func pack(_ text: some Collection<UInt8>) -> [UInt8] {
        let sample = PackedTextSample.current
        var (bytes, packed) = (sample.bytes, [sample.version])
        bytes.append(contentsOf: text)
        packed.reserveCapacity(text.count / 4)
        // Where each four bytes of the text itself stand last.
        var places = [UInt16](repeating: .max, count: 1 << hashBits)
        bytes.withUnsafeBufferPointer { bytes in
            places.withUnsafeMutableBufferPointer { places in
                var (position, literal) = (sample.bytes.count, sample.bytes.count)
                while position + shortestMatch <= bytes.count, position < window {
                    let place = hash(bytes, position)
                    let (earlier, length) = longestMatch(
                        of: position, at: places[place], or: placesInSample[place], in: bytes)
                    places[place] = UInt16(position)
                    if length < shortestMatch {
                        position += 1
                        continue
                    }
                    appendLiterals(bytes[literal..<position], to: &packed)
                    packed.append(UInt8(length + 124))
                    packed.append(UInt8((position - earlier) & 255))
                    packed.append(UInt8((position - earlier) >> 8))
                    for skipped in stride(from: position + 1, to: min(position + length, bytes.count - 4), by: 2) {
                        places[hash(bytes, skipped)] = UInt16(skipped)
                    }
                    position += length
                    literal = position
                }
                appendLiterals(bytes[literal...], to: &packed)
            }
        }
        return packed
    }

    /// The one of two earlier places after which more is the same, and how much is.
    private static func longestMatch(
        of position: Int, at recent: UInt16, or sampled: UInt16, in bytes: UnsafeBufferPointer<UInt8>
    ) -> (earlier: Int, length: Int) {
        let (recent, sampled) = (Int(recent), Int(sampled))
        let length = recent < position ? commonLength(bytes, recent, position) : 0
        let sampledLength = sampled < position ? commonLength(bytes, sampled, position) : 0
        return sampledLength > length ? (sampled, sampledLength) : (recent, length)
    }

    private static func appendLiterals(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, to packed: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(128)
            packed.append(UInt8(piece.count - 1))
            packed.append(contentsOf: piece)
            rest = rest.dropFirst(128)
        }
    }

    private static func commonLength(_ bytes: UnsafeBufferPointer<UInt8>, _ earlier: Int, _ position: Int) -> Int {
        let limit = min(longestMatch, bytes.count - position)
        var length = 0
        let all = UnsafeRawBufferPointer(bytes)
        while length + 8 <= limit {
            let left = all.loadUnaligned(fromByteOffset: earlier + length, as: UInt64.self)
            let right = all.loadUnaligned(fromByteOffset: position + length, as: UInt64.self)
            if left != right { return length + (left ^ right).littleEndian.trailingZeroBitCount / 8 }
            length += 8
        }
        while length < limit, bytes[earlier + length] == bytes[position + length] { length += 1 }
        return length
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: position, as: UInt32.self)
        return Int((UInt32(littleEndian: word) &* 2_654_435_761) >> UInt32(32 - hashBits))
    }
}

// MARK: Unpacking

extension PackedText {
    private static let damaged = DatabaseError(
        resultCode: .SQLITE_CORRUPT, message: "a packed text points where nothing is")

    /// - Throws: `DatabaseError` for what is no packed text.
    package static func unpack(_ packed: [UInt8]) throws -> String {
        let sample = PackedTextSample.current
        if packed.first != sample.version { return try text(packed) }
        return try packed.withUnsafeBufferPointer { packed in
            let count = try unpackedCount(packed)
            return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
                try sample.bytes.withUnsafeBufferPointer { try unpack(packed, after: $0, into: bytes) }
                return try text(bytes)
            }
        }
    }

    /// How many bytes there are in all pieces; each of them is whole.
    private static func unpackedCount(_ packed: UnsafeBufferPointer<UInt8>) throws -> Int {
        var (position, count) = (1, 0)
        while position < packed.count {
            let length = Int(packed[position])
            position += length < 128 ? length + 2 : 3
            count += length < 128 ? length + 1 : length - 124
        }
        if position > packed.count { throw damaged }
        return count
    }

    private static func unpack(
        _ packed: UnsafeBufferPointer<UInt8>, after sample: UnsafeBufferPointer<UInt8>,
        into bytes: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        var (position, count) = (1, 0)
        while position < packed.count {
            let length = Int(packed[position])
            if length < 128 {
                for offset in 0...length { bytes[count + offset] = packed[position + 1 + offset] }
                position += length + 2
                count += length + 1
            } else {
                let distance = Int(packed[position + 1]) | Int(packed[position + 2]) << 8
                let start = count - distance
                guard start < count, start >= -sample.count else { throw damaged }
                // Byte by byte, since a match may go on into what it has written itself.
                for source in start..<(start + length - 124) {
                    bytes[count] = source < 0 ? sample[sample.count + source] : bytes[source]
                    count += 1
                }
                position += 3
            }
        }
    }

    private static func text(_ bytes: some Collection<UInt8>) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a packed text is not UTF-8")
        }
        return text
    }
}

extension PackedText {
    /// `unpacked(x)` in SQL, for whoever looks into a lake through a connection of this program, or has a trigger do it.
    package static let function = DatabaseFunction("unpacked", argumentCount: 1, pure: true) { values in
        try Data.fromDatabaseValue(values[0]).map { try unpack([UInt8]($0)) }
    }
}

extension Row {
    /// The text of a column that is packed.
    func packedText(_ column: String) throws -> String {
        try PackedText.unpack([UInt8](try decode(Data.self, forColumn: column)))
    }
}
