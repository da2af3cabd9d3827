import Foundation
package import GRDB

/// Text in as few bytes as it takes: what has come before is not written again, but pointed to.
///
/// The journal of a room says its name, its location and its marker dozens of times, between words that are the same for
/// all rooms. Those stand in a sample that every text can point into, as if it came before. A packed text is the byte
/// `version` and then pieces, each of a length byte and what it says:
///
/// - up to 127: one more byte than this as they are;
/// - from 128: 124 bytes less than this from further back, how far is in the two bytes that follow, the lower first.
///
/// Whatever does not begin with `version` is a text as it is, which journals of the first schema have.
package enum PackedText {
    /// Not the first byte of any text: so the sample can be replaced, by another version beside this one.
    private static let version: UInt8 = 1
    private static let shortestMatch = 4
    private static let longestMatch = 131
    private static let hashBits = 12

    /// Never changed: texts that were packed point into it.
    private static let sample = Array(
        """
        {"Name":"","Prefix":"cleanroom//","MaxKeys":1,"KeyCount":0,"IsTruncated":false,"Contents":[]}},{"t":1764000000000,\
        "r":{"QueryExecution":{"QueryExecutionId":"","Query":"CREATE DATABASE `` COMMENT 'cleanroom request= execution=\
        arn:aws:states:us-east-1:000000000000:execution:core-account-cleanroom-create: started=.000Z deployment=\
        core-account-cleanroom-create' LOCATION 's3://mytiki-ocean/cleanroom//' WITH DBPROPERTIES \
        ('cleanroom_request_id'='', 'cleanroom_execution'='', 'cleanroom_start_time'='', 'cleanroom_deployment'='')",\
        "StatementType":"DDL","WorkGroup":"primary","Status":{"State":"SUCCEEDED","SubmissionDateTime":"Z"}}}},\
        "Database":{"Name":"","CatalogId":"000000000000","CreateTime":"","Parameters":{"cleanroom_request_id":"",\
        "cleanroom_execution":"","cleanroom_start_time":"","cleanroom_deployment":""},"CreateTableDefaultPermissions":\
        [{"Principal":{"DataLakePrincipalIdentifier":"IAM_ALLOWED_PRINCIPALS"},"Permissions":["ALL"]}],"Description":\
        "cleanroom request=","LocationUri":"s3://"}}},{"t":"r":{}},{"t":"r":{"Failures":[{"RequestEntry":{"Id":"1",\
        "Principal":{"DataLakePrincipalIdentifier":"arn:aws:iam::000000000000:role/core-account-cleanroom-create"},\
        "Resource":{"DataLocation":{"ResourceArn":"arn:aws:s3:::mytiki-ocean/cleanroom//"}},"Permissions":\
        ["DATA_LOCATION_ACCESS"],"PermissionsWithGrantOption":["DATA_LOCATION_ACCESS"]},"Error":{"ErrorCode":\
        "InvalidInputException","ErrorMessage":"No permissions revoked. Grantee has no permissions and no grantable \
        permissions on resource."}}]}},"CreateTableDefaultPermissions":[],"ResourceInfo":{"ResourceArn":\
        "RoleArn":"arn:aws:iam::000000000000:role/core-account-cleanroom-create-location","HybridAccessEnabled":false,\
        "LastModified":""}}},{"PrincipalResourcePermissions":[{"Principal":{"DataLakePrincipalIdentifier":"},"Resource":\
        {"DataLocation":{"CatalogId":"000000000000","ResourceArn":"arn:aws:s3:::{"Database":{"CatalogId":"000000000000",\
        "Name":"}},"Permissions":["DESCRIBE"],"PermissionsWithGrantOption":["DESCRIBE"]}]}},"Resource":{"Table":\
        {"CatalogId":"000000000000","DatabaseName":"","Name":"ALL_TABLES","TableWildcard":{}}},"Permissions":\
        ["DESCRIBE"],"PermissionsWithGrantOption":["DESCRIBE"]},{"TableWithColumns":{"ColumnWildcard":{}}},\
        "Permissions":["SELECT"],"PermissionsWithGrantOption":["SELECT"]}]}},{"t":"r":{"TableList":[]}},{"t":"r":\
        {"StatusCode":200,"StatusText":"OK","Headers":{},"ResponseBody":""}}]["e":"LakeFormation.\
        EntityNotFoundException","c":"Entity not found: arn:aws:s3:::mytiki-ocean/cleanroom// is not registered \
        (Service: LakeFormation, Status Code: 400)"},[{"t":1764000000000,"e":"Glue.EntityNotFoundException","c":\
        "Database  not found. (Service: Glue, Status Code: 400)"},
        """.utf8)

    /// Where each four bytes of the sample stand last.
    private static let sampleTable = {
        var table = [UInt16](repeating: .max, count: 1 << hashBits)
        sample.withUnsafeBufferPointer { bytes in
            for position in 0...(bytes.count - shortestMatch) { table[hash(bytes, position)] = UInt16(position) }
        }
        return table
    }()

    /// How far back a match may be, which keeps a position within 16 bits.
    private static let window = 65_000

    /// The packed text as a value for the database.
    static func value(_ text: some Collection<UInt8>) -> Data { Data(pack(text)) }

    /// - Parameter text: in UTF-8.
    package static func pack(_ text: some Collection<UInt8>) -> [UInt8] {
        var (bytes, table, packed) = (sample, sampleTable, [version])
        bytes.append(contentsOf: text)
        packed.reserveCapacity(text.count / 4)
        bytes.withUnsafeBufferPointer { bytes in
            table.withUnsafeMutableBufferPointer { table in
                var (position, literal) = (sample.count, sample.count)
                while position + shortestMatch <= bytes.count, position < window {
                    let place = hash(bytes, position)
                    let earlier = Int(table[place])
                    table[place] = UInt16(position)
                    let length = earlier < position ? commonLength(bytes, earlier, position) : 0
                    if length < shortestMatch {
                        position += 1
                        continue
                    }
                    appendLiterals(bytes[literal..<position], to: &packed)
                    packed.append(UInt8(length + 124))
                    packed.append(UInt8((position - earlier) & 255))
                    packed.append(UInt8((position - earlier) >> 8))
                    for skipped in stride(from: position + 1, to: min(position + length, bytes.count - 4), by: 2) {
                        table[hash(bytes, skipped)] = UInt16(skipped)
                    }
                    position += length
                    literal = position
                }
                appendLiterals(bytes[literal...], to: &packed)
            }
        }
        return packed
    }

    /// - Throws: `DatabaseError` for what is no packed text.
    package static func unpack(_ packed: [UInt8]) throws -> String {
        let damaged = DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a packed text points where nothing is")
        var bytes: [UInt8] = []
        if packed.first == version {
            bytes = sample
            var position = 1
            while position < packed.count {
                let length = Int(packed[position])
                if length < 128 {
                    guard position + length + 1 < packed.count else { throw damaged }
                    bytes.append(contentsOf: packed[(position + 1)...(position + length + 1)])
                    position += length + 2
                } else {
                    guard position + 2 < packed.count else { throw damaged }
                    let start = bytes.count - (Int(packed[position + 1]) | Int(packed[position + 2]) << 8)
                    guard start >= 0, start < bytes.count else { throw damaged }
                    // Byte by byte, since a match may go on into what it has written itself.
                    for offset in 0..<(length - 124) { bytes.append(bytes[start + offset]) }
                    position += 3
                }
            }
            bytes.removeFirst(sample.count)
        } else {
            bytes = packed
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a packed text is not UTF-8")
        }
        return text
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
