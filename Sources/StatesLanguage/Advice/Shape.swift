/// What is known of a value before anything is run.
indirect enum Shape: Hashable, Sendable {
    /// A member of an object, and whether it is there.
    enum Presence: Hashable, Sendable {
        /// On every way.
        case always
        /// Not on some way that leads here.
        case missing
        /// It may be and may not be: nobody says.
        case optional
    }

    struct Member: Hashable, Sendable {
        var presence: Presence
        var shape: Shape
    }

    case unknown
    case literal(JSONValue)
    /// A text out of a list.
    case oneOf([String])
    case text
    case number
    case flag
    case array
    /// The members that are known of an object; `isOpen` when there may be others.
    case object([String: Member], isOpen: Bool)

    /// How deep objects are followed.
    private static let maximumDepth = 8

    init(_ json: JSONValue) {
        switch json {
        case .array: self = .array
        case .object(let members):
            self = .object(
                Dictionary(members.map { ($0, Member(presence: .always, shape: Shape($1))) }) { $1 }, isOpen: false)
        default: self = .literal(json)
        }
    }

    init(_ shape: ServiceShape) {
        switch shape {
        case .anything: self = .unknown
        case .text: self = .text
        case .oneOf(let words): self = .oneOf(words)
        case .number: self = .number
        case .flag: self = .flag
        case .list: self = .array
        case .map: self = .object([:], isOpen: true)
        case .structure(let members):
            self = .object(
                Dictionary(
                    members.map {
                        ($0.name, Member(presence: $0.isRequired ? .always : .optional, shape: Shape($0.shape)))
                    }
                ) { $1 }, isOpen: false)
        }
    }

    /// What is known of a value that comes on one of two ways.
    func joined(_ other: Shape, depth: Int = 0) -> Shape {
        if self == other { return self }
        if depth > Self.maximumDepth { return .unknown }
        switch (self, other) {
        case (.object(let left, let leftIsOpen), .object(let right, let rightIsOpen)):
            var members: [String: Member] = [:]
            for (name, member) in left {
                if let twin = right[name] {
                    members[name] = Member(
                        presence: Self.joined(member.presence, twin.presence),
                        shape: member.shape.joined(twin.shape, depth: depth + 1))
                } else {
                    members[name] = Member(
                        presence: rightIsOpen ? Self.joined(member.presence, .optional) : .missing,
                        shape: rightIsOpen ? .unknown : member.shape)
                }
            }
            for (name, member) in right where left[name] == nil {
                members[name] = Member(
                    presence: leftIsOpen ? Self.joined(member.presence, .optional) : .missing,
                    shape: leftIsOpen ? .unknown : member.shape)
            }
            return .object(members, isOpen: leftIsOpen || rightIsOpen)
        default:
            let kind = kind
            return kind != .unknown && kind == other.kind ? kind : .unknown
        }
    }

    /// The shape without the value itself.
    private var kind: Shape {
        switch self {
        case .literal(.string), .oneOf: .text
        case .literal(.integer), .literal(.double): .number
        case .literal(.bool): .flag
        case .literal, .object: .unknown
        default: self
        }
    }

    private static func joined(_ left: Presence, _ right: Presence) -> Presence {
        if left == right { return left }
        return left == .missing || right == .missing ? .missing : .optional
    }

    // MARK: Looking

    enum Finding {
        case found(Shape)
        /// What a path asks for cannot be found, or not on every way: the text is the path up to there.
        case missing(String, onEveryWay: Bool)
        case nobodyKnows
    }

    /// What is at the end of a path.
    func find(_ segments: [JSONPath.Segment]) -> Finding {
        var shape = self
        for (position, segment) in segments.enumerated() {
            let path = { Self.text(of: segments.prefix(position + 1)) }
            switch (segment, shape) {
            case (.member(let name), .object(let members, let isOpen)):
                guard let member = members[name] else {
                    return isOpen ? .nobodyKnows : .missing(path(), onEveryWay: true)
                }
                if member.presence == .missing { return .missing(path(), onEveryWay: false) }
                shape = member.shape
            case (.member, .unknown): return .nobodyKnows
            case (.member, _): return .missing(path(), onEveryWay: true)
            default:
                // What is in an array is not followed; but in a text, say, there is nothing.
                switch (segment, shape) {
                case (.index, .object), (.index, .text), (.index, .oneOf), (.index, .number), (.index, .flag),
                    (.index, .literal):
                    return .missing(path(), onEveryWay: true)
                default: return .nobodyKnows
                }
            }
        }
        return .found(shape)
    }

    private static func text(of segments: ArraySlice<JSONPath.Segment>) -> String {
        segments.reduce(into: "$") { text, segment in
            switch segment {
            case .member(let name): text += ".\(name)"
            case .index(let index): text += "[\(index)]"
            default: text += "[*]"
            }
        }
    }

    // MARK: Changing

    /// The shape with another one at a place.
    func inserting(_ shape: Shape, at segments: ArraySlice<JSONPath.Segment>, depth: Int = 0) -> Shape {
        guard let segment = segments.first else { return depth > Self.maximumDepth ? .unknown : shape }
        guard case .member(let name) = segment, depth <= Self.maximumDepth else { return self }
        var (members, isOpen): ([String: Member], Bool)
        switch self {
        case .object(let known, let open): (members, isOpen) = (known, open)
        case .literal(.null): (members, isOpen) = ([:], false)
        case .unknown: (members, isOpen) = ([:], true)
        default: return .unknown
        }
        let before = members[name].flatMap { $0.presence == .always ? $0.shape : nil }
        let inner = before ?? (members[name] == nil && !isOpen ? .object([:], isOpen: false) : .unknown)
        members[name] = Member(
            presence: .always, shape: inner.inserting(shape, at: segments.dropFirst(), depth: depth + 1))
        return .object(members, isOpen: isOpen)
    }

    /// The shape when it is known of a place whether something is there.
    func knowing(_ isThere: Bool, at segments: ArraySlice<JSONPath.Segment>) -> Shape {
        guard case .member(let name) = segments.first else { return self }
        var (members, isOpen): ([String: Member], Bool)
        switch self {
        case .object(let known, let open): (members, isOpen) = (known, open)
        case .unknown where isThere: (members, isOpen) = ([:], true)
        default: return self
        }
        var member = members[name] ?? Member(presence: .optional, shape: .unknown)
        if isThere {
            member.presence = .always
            member.shape = member.shape.knowing(true, at: segments.dropFirst())
        } else if segments.count == 1 {
            member = Member(presence: .missing, shape: .unknown)
        } else if member.presence == .always {
            member.shape = member.shape.knowing(false, at: segments.dropFirst())
        } else {
            return self
        }
        members[name] = member
        return .object(members, isOpen: isOpen)
    }
}
