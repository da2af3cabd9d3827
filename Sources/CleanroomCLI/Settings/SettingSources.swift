import ArgumentParser
import Configuration
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
                sources.append((file, ConfigReader(provider: provider)))
            } catch {
                throw ValidationError("--config \(file) is not a file of JSON that can be read: \(error)")
            }
        }
        self.sources = sources
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
