import CleanroomModel
import Configuration
import Foundation
import StatesLanguage

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
    /// - Throws: `InvalidRequest` with what is no setting, or of another kind than it has to be.
    init(flags: [String: String], file: String?) throws(InvalidRequest) {
        let given = flags.map { key, value in
            (AbsoluteConfigKey([key]), ConfigValue(.string(value), isSecret: false))
        }
        let commandLine = InMemoryProvider(name: "command line", values: Dictionary(uniqueKeysWithValues: given))
        var sources = [
            ("command line", ConfigReader(provider: commandLine)),
            ("environment", ConfigReader(provider: EnvironmentVariablesProvider().prefixKeys(with: "cleanroom"))),
        ]
        var problems = Self.misspelt(ProcessInfo.processInfo.environment.keys.sorted())
        if let file {
            do {
                let values = try ConfigFile(path: file).values
                sources.append((file, ConfigReader(provider: InMemoryProvider(name: file, values: values))))
            } catch {
                problems += error.problems
            }
        }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
        self.sources = sources
    }

    /// The environment variables that are probably meant to be ours. Others may begin as ours do.
    private static func misspelt(_ names: [String]) -> [RuleViolation] {
        let prefix = "CLEANROOM_"
        let known = Set(Setting.all.map { String($0.variable.dropFirst(prefix.count)) })
        var suggestion = Suggestion()
        return names.filter { $0.hasPrefix(prefix) }.compactMap { name in
            let own = String(name.dropFirst(prefix.count))
            guard !known.contains(own), let nearest = suggestion.nearest(to: own, among: known.sorted()) else {
                return nil
            }
            return RuleViolation(field: name, value: "•••", rule: "a setting; did you mean \(prefix)\(nearest)?")
        }
    }

    func text(_ key: String) -> Found<String>? {
        find(key) { reader, isSecret in reader.string(forKey: ConfigKey(key), isSecret: isSecret) }
    }

    /// Texts of a config file or the environment.
    func list(_ key: String) -> Found<[String]>? {
        find(key) { reader, isSecret in reader.stringArray(forKey: ConfigKey(key), isSecret: isSecret) }
    }

    /// What sets any of the settings with this beginning.
    func source(ofAny prefix: String) -> String? {
        let names = Setting.all.filter { $0.key.hasPrefix(prefix) }
            .compactMap { $0.kind == .list ? list($0.key)?.source : text($0.key)?.source }
        return sources.map(\.name).filter(names.contains).joined(separator: ", ").nonEmpty
    }

    private func find<Value>(_ key: String, _ read: (ConfigReader, Bool) -> Value?) -> Found<Value>? {
        guard let setting = Setting.named(key) else { preconditionFailure("\(key) is declared as a Setting") }
        for (name, reader) in setting.isSecret ? sources.dropFirst() : sources[...] {
            if let value = read(reader, setting.isSecret) { return Found(value: value, source: name) }
        }
        return nil
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
