import ArgumentParser
import CleanroomModel
import Configuration
import Foundation
import SystemPackage

/// Where settings come from: the command line, else the environment, else a config file.
struct SettingSources: Sendable {
    /// A value that was set, and by what.
    struct Found<Value: Sendable>: Sendable {
        let value: Value
        let source: String
    }

    private let sources: [(name: String, reader: ConfigReader)]

    /// - Parameters:
    ///   - flags: what the command line has, by key.
    ///   - file: the path of a config file of JSON.
    init(flags: [String: String], file: String?) async throws {
        let given = flags.map { key, value in
            (AbsoluteConfigKey([key]), ConfigValue(.string(value), isSecret: false))
        }
        let commandLine = InMemoryProvider(name: "command line", values: Dictionary(uniqueKeysWithValues: given))
        var sources = [
            ("command line", ConfigReader(provider: commandLine)),
            ("environment", ConfigReader(provider: EnvironmentVariablesProvider().prefixKeys(with: "cleanroom"))),
        ]
        if let file {
            do {
                let provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(file))
                let reader = ConfigReader(provider: provider)
                if Self.hasSecrets(reader) { try Self.checkMode(of: file) }
                sources.append((file, reader))
            } catch let error as InvalidRequest {
                throw error
            } catch {
                throw ValidationError("--config \(file) is not a file of JSON that can be read: \(error)")
            }
        }
        self.sources = sources
    }

    /// What of a config file nobody else is to read: texts, and lists of them.
    private static let secretTexts = [
        "connection.apiKey.value", "connection.basic.password", "connection.oauth.clientSecret",
        "connection.oauth.endpoint",
    ]
    private static let secretLists = [
        "accessKeys", "connection.headers", "connection.query", "connection.body", "connection.oauth.headers",
        "connection.oauth.query", "connection.oauth.body",
    ]

    private static func hasSecrets(_ reader: ConfigReader) -> Bool {
        secretTexts.contains { reader.string(forKey: ConfigKey($0), isSecret: true) != nil }
            || secretLists.contains { reader.stringArray(forKey: ConfigKey($0), isSecret: true) != nil }
    }

    /// Refuses a file that the group or others can read or write.
    private static func checkMode(of file: String) throws {
        let path = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes[.posixPermissions] as? Int, mode & 0o077 != 0 else { return }
        let digits = String(mode & 0o7777, radix: 8)
        throw InvalidRequest(problems: [
            RuleViolation(
                field: "config", value: "mode \(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)",
                rule: "one that keeps the secrets in \(file) from others: chmod 600 \(file)")
        ])
    }

    /// Texts of a config file or the environment.
    func list(_ key: String) -> Found<[String]>? {
        for (name, reader) in sources.dropFirst() {
            if let values = reader.stringArray(forKey: ConfigKey(key)) { return Found(value: values, source: name) }
        }
        return nil
    }

    func text(_ key: String) -> Found<String>? {
        for (name, reader) in sources {
            // A number in a file is as good as its text.
            if let value = reader.string(forKey: ConfigKey(key)) ?? reader.int(forKey: ConfigKey(key)).map({ "\($0)" })
            {
                return Found(value: value, source: name)
            }
        }
        return nil
    }

    /// A text that must not be shown; never from the command line, which others can see.
    func secret(_ key: String) -> Found<String>? {
        for (name, reader) in sources.dropFirst() {
            if let value = reader.string(forKey: ConfigKey(key), isSecret: true) {
                return Found(value: value, source: name)
            }
        }
        return nil
    }

    /// Texts that must not be shown; never from the command line, which others can see.
    func secrets(_ key: String) -> Found<[String]>? {
        for (name, reader) in sources.dropFirst() {
            if let values = reader.stringArray(forKey: ConfigKey(key), isSecret: true) {
                return Found(value: values, source: name)
            }
        }
        return nil
    }
}
