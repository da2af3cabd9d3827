import CleanroomModel
import Configuration
import Foundation
import StatesLanguage

/// A config file of JSON, held against the settings that there are.
struct ConfigFile {
    /// What it sets.
    private(set) var values: [AbsoluteConfigKey: ConfigValue] = [:]
    private var problems: [RuleViolation] = []
    /// Whether anything in it may be a secret: what is misspelt or of the wrong kind, too.
    private var mayHaveSecrets = false
    private let path: String

    /// - Throws: `InvalidRequest` with everything that is wrong with the file: what is no setting, what is of another kind
    ///   than it has to be, and a mode that lets others read secrets.
    init(path: String) throws(InvalidRequest) {
        self.path = path
        switch try Self.read(path) {
        case .object(let members): take(members, below: "")
        default: problems.append(RuleViolation(field: path, value: "JSON", rule: "an object with settings"))
        }
        if mayHaveSecrets, let problem = Self.modeProblem(of: path) { problems.append(problem) }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
    }

    private static func read(_ path: String) throws(InvalidRequest) -> JSONValue {
        func problem(_ reason: String) -> InvalidRequest {
            InvalidRequest(problems: [
                RuleViolation(field: path, value: "--config", rule: "a file of JSON that can be read: \(reason)")
            ])
        }
        do {
            return try JSONValue(parsing: InputFile.bytes(of: path))
        } catch {
            throw problem("\(error)")
        }
    }

    private mutating func take(_ members: JSONObject, below prefix: String) {
        for (name, value) in members {
            let key = prefix + name
            let isSection = Setting.all.contains { $0.isInFile && $0.key.hasPrefix(key + ".") }
            if isSection, let members = value.objectValue {
                take(members, below: key + ".")
            } else if isSection {
                mayHaveSecrets = true
                note(key, "an object with settings")
            } else if let setting = Setting.named(key), setting.isInFile {
                if setting.isSecret { mayHaveSecrets = true }
                if let content = Self.content(value, of: setting.kind) {
                    values[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] =
                        ConfigValue(content, isSecret: setting.isSecret)
                } else {
                    // A list may be of tokens, or of their hashes.
                    note(key, setting.kind.rawValue, shown: setting.isSecret || setting.kind == .list ? nil : value)
                }
            } else {
                noteUnknown(key)
            }
        }
    }

    private mutating func note(_ key: String, _ rule: String, shown: JSONValue? = nil) {
        let value = shown.map { $0.stringValue ?? $0.text } ?? "•••"
        problems.append(RuleViolation(field: "\(path): \(key)", value: value, rule: rule))
    }

    private mutating func noteUnknown(_ key: String) {
        if let setting = Setting.named(key) {
            mayHaveSecrets = mayHaveSecrets || setting.isSecret
            return note(key, "a setting of a config file: it comes from the environment, as \(setting.variable)")
        }
        let names = Setting.all.filter(\.isInFile).map(\.key)
        // Sections can be misspelt, too; and what belongs into one may stand outside of it.
        let sections = Set(names.flatMap(Self.sections))
        var suggestion = Suggestion()
        let nearest =
            suggestion.nearest(to: key, among: names + sections.sorted())
            ?? names.first { $0.lowercased().hasSuffix("." + key.lowercased()) }
            ?? sections.first { $0.lowercased().hasSuffix("." + key.lowercased()) }
        // It may be a secret unless what was meant is none.
        if nearest.flatMap({ Setting.named($0)?.isSecret }) != false { mayHaveSecrets = true }
        note(key, "a setting" + (nearest.map { "; did you mean \($0)?" } ?? ": docs/serve.md lists them"))
    }

    private static func sections(of key: String) -> [String] {
        key.indices.filter { key[$0] == "." }.map { String(key[..<$0]) }
    }

    private static func content(_ value: JSONValue, of kind: Setting.Kind) -> ConfigContent? {
        switch (kind, value) {
        case (.text, .string(let text)): return .string(text)
        // What a number has to be is a rule of its setting, and its text may be written, too.
        case (.number, .string(let text)): return .string(text)
        case (.number, _): return value.integerValue.map { .string("\($0)") }
        case (.list, .array(let items)):
            let texts = items.compactMap(\.stringValue)
            return texts.count == items.count ? .stringArray(texts) : nil
        default: return nil
        }
    }

    /// What is wrong with a file of secrets that the group or others can read or write.
    private static func modeProblem(of path: String) -> RuleViolation? {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 else { return nil }
        let digits = String(mode & 0o7777, radix: 8)
        return RuleViolation(
            field: path, value: "mode \(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)",
            rule: "one that keeps the secrets in it from others: chmod 600 \(path)")
    }
}
