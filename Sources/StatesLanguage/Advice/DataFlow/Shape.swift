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

    /// Whether an object has members that are not known.
    enum Others: Hashable, Sendable {
        case none
        /// None on some way that leads here; on another nobody knows.
        case noneOnSomeWay
        case unknown
    }

    struct Member: Hashable, Sendable {
        var presence: Presence
        var shape: Shape
    }

    /// Members in the order of their names, so that joining two objects is one walk along both.
    struct Members: Hashable, Sendable {
        struct Entry: Hashable, Sendable {
            let name: String
            var member: Member
        }

        fileprivate var entries: [Entry] = []

        init() {}

        /// - Parameter members: where a name comes twice the last one stands.
        init(_ members: some Sequence<(String, Member)>) {
            let named = Dictionary(members.map { ($0, $1) }) { $1 }
            entries = named.map { Entry(name: $0, member: $1) }.sorted { $0.name < $1.name }
        }

        /// The members that are there in some case, with what is known of each.
        var known: [(name: String, shape: Shape)] { entries.map { ($0.name, $0.member.shape) } }

        subscript(name: String) -> Member? { entries.first { $0.name == name }?.member }

        /// The members with one more, or another one of that name.
        func setting(_ name: String, _ member: Member) -> Members {
            var members = self
            let position = entries.firstIndex { $0.name >= name } ?? entries.endIndex
            if position < entries.endIndex, entries[position].name == name {
                members.entries[position].member = member
            } else {
                members.entries.insert(Entry(name: name, member: member), at: position)
            }
            return members
        }

        /// Goes along the members of both; `nil` if nothing becomes other than it is here.
        ///
        /// - Parameters:
        ///   - both: what becomes of a member that both have, or `nil` if it stays.
        ///   - left: what becomes of one that only this has, or `nil` if it stays.
        ///   - right: what becomes of one that only the other has.
        fileprivate func joining(
            _ other: Members, both: (Member, Member) -> Member?, left: (Member) -> Member?, right: (Member) -> Member
        ) -> Members? {
            // What both ways have taken along unchanged is one and the same.
            let isSame = entries.withUnsafeBufferPointer { left in
                other.entries.withUnsafeBufferPointer { left.baseAddress == $0.baseAddress && left.count == $0.count }
            }
            if isSame { return nil }
            var joined: [Entry]?
            func change(_ entry: Entry, before position: Int) {
                if joined == nil {
                    joined = Array(entries[..<position])
                    joined?.reserveCapacity(max(entries.count, other.entries.count))
                }
                joined?.append(entry)
            }
            var next = 0
            for (position, entry) in entries.enumerated() {
                while next < other.entries.count, other.entries[next].name < entry.name {
                    let added = other.entries[next]
                    change(Entry(name: added.name, member: right(added.member)), before: position)
                    next += 1
                }
                let changed: Member?
                if next < other.entries.count, other.entries[next].name == entry.name {
                    changed = both(entry.member, other.entries[next].member)
                    next += 1
                } else {
                    changed = left(entry.member)
                }
                if let changed {
                    change(Entry(name: entry.name, member: changed), before: position)
                } else {
                    joined?.append(entry)
                }
            }
            for added in other.entries[next...] {
                change(Entry(name: added.name, member: right(added.member)), before: entries.count)
            }
            return joined.map { Members(entries: $0) }
        }

        private init(entries: [Entry]) {
            self.entries = entries
        }
    }

    case unknown
    case literal(JSONValue)
    /// A text out of a list.
    case oneOf([String])
    case text
    case number
    case flag
    case array
    /// The members that are known of an object, and what is known of others.
    case object(Members, others: Others)

    /// How deep objects are followed.
    private static let maximumDepth = 8

    init(_ json: JSONValue, _ budget: AdviceBudget? = nil) {
        switch json {
        case .array: self = .array
        case .object(let members):
            if budget?.take(1 + members.count) == false {
                self = .unknown
                return
            }
            let known = members.lazy.map { ($0, Member(presence: .always, shape: Shape($1, budget))) }
            self = .object(Members(known), others: .none)
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
        case .map: self = .object(Members(), others: .unknown)
        case .structure(let members):
            let known = members.lazy.map {
                ($0.name, Member(presence: $0.isRequired ? .always : .optional, shape: Shape($0.shape)))
            }
            self = .object(Members(known), others: .none)
        }
    }

    /// How many members are known of an object.
    var memberCount: Int { if case .object(let members, _) = self { members.entries.count } else { 0 } }

    /// How many members are known of all objects along a path.
    func memberCount(along segments: [JSONPath.Segment]) -> Int {
        var (count, shape) = (0, self)
        for segment in segments {
            guard case .member(let name) = segment, case .object(let members, _) = shape else { break }
            count += members.entries.count
            guard let member = members[name] else { break }
            shape = member.shape
        }
        return count
    }

    /// What is known of a value that comes on one of two ways; `nil` if that is what is known of this one.
    func joining(_ other: Shape, _ budget: AdviceBudget, depth: Int = 0) -> Shape? {
        if !budget.take(1 + memberCount + other.memberCount) { return nil }
        if depth > Self.maximumDepth { return self == other || self == .unknown ? nil : .unknown }
        switch (self, other) {
        case (.object(let left, let leftOthers), .object(let right, let rightOthers)):
            let members = left.joining(right) { member, twin in
                let presence = Self.joined(member.presence, twin.presence)
                let shape = member.shape.joining(twin.shape, budget, depth: depth + 1)
                if shape == nil && presence == member.presence { return nil }
                return Member(presence: presence, shape: shape ?? member.shape)
            } left: {
                let member = Self.member($0, besides: rightOthers, budget)
                return member == $0 ? nil : member
            } right: {
                Self.member($0, besides: leftOthers, budget)
            }
            let others: Others = leftOthers == rightOthers ? leftOthers : .noneOnSomeWay
            return members == nil && others == leftOthers ? nil : .object(members ?? left, others: others)
        case (.object, .unknown): return joining(.object(Members(), others: .unknown), budget, depth: depth)
        case (.unknown, .object):
            return Shape.object(Members(), others: .unknown).joining(other, budget, depth: depth)
                ?? .object(Members(), others: .unknown)
        default:
            if self == other { return nil }
            let joined: Shape = kind == other.kind ? kind : .unknown
            return joined == self ? nil : joined
        }
    }

    /// A member of an object that comes together with another, in which it is not known.
    private static func member(_ member: Member, besides others: Others, _ budget: AdviceBudget) -> Member {
        others == .unknown
            ? Member(
                presence: joined(member.presence, .optional),
                shape: member.shape.joining(.unknown, budget, depth: 1) ?? member.shape)
            : Member(presence: .missing, shape: others == .none ? member.shape : .unknown)
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
        /// What a path asks for cannot be found, or not on every way: the number is that of the first such segment.
        case missing(Int, onEveryWay: Bool)
        case nobodyKnows
    }

    /// What is at the end of a path.
    ///
    /// - Parameter goesThroughArrays: whether a name finds the members of all objects in an array, as in JSONata.
    func find(_ segments: [JSONPath.Segment], goesThroughArrays: Bool = false) -> Finding {
        var shape = self
        for (position, segment) in segments.enumerated() {
            switch (segment, shape) {
            case (.member(let name), .object(let members, let others)):
                guard let member = members[name] else {
                    return others == .unknown ? .nobodyKnows : .missing(position, onEveryWay: others == .none)
                }
                if member.presence == .missing { return .missing(position, onEveryWay: false) }
                shape = member.shape
            case (.member, .unknown): return .nobodyKnows
            case (.member, .array) where goesThroughArrays: return .nobodyKnows
            case (.member, _): return .missing(position, onEveryWay: true)
            default:
                // What is in an array is not followed; but in a text, say, there is nothing.
                switch (segment, shape) {
                case (.index, .object), (.index, .text), (.index, .oneOf), (.index, .number), (.index, .flag),
                    (.index, .literal):
                    return .missing(position, onEveryWay: true)
                default: return .nobodyKnows
                }
            }
        }
        return .found(shape)
    }

    // MARK: Changing

    /// The shape with another one at a place.
    func inserting(_ shape: Shape, at segments: ArraySlice<JSONPath.Segment>, depth: Int = 0) -> Shape {
        guard let segment = segments.first else { return depth > Self.maximumDepth ? .unknown : shape }
        guard case .member(let name) = segment, depth <= Self.maximumDepth else { return self }
        let (members, others): (Members, Others)
        switch self {
        case .object(let known, let rest): (members, others) = (known, rest)
        case .literal(.null): (members, others) = (Members(), .none)
        case .unknown: (members, others) = (Members(), .unknown)
        default: return .unknown
        }
        let before = members[name].flatMap { $0.presence == .always ? $0.shape : nil }
        let inner = before ?? (members[name] == nil && others == .none ? .object(Members(), others: .none) : .unknown)
        let member = Member(
            presence: .always, shape: inner.inserting(shape, at: segments.dropFirst(), depth: depth + 1))
        return .object(members.setting(name, member), others: others)
    }

    /// The shape when it is known of a place whether something is there.
    func knowing(_ isThere: Bool, at segments: ArraySlice<JSONPath.Segment>) -> Shape {
        guard case .member(let name) = segments.first else { return self }
        let (members, others): (Members, Others)
        switch self {
        case .object(let known, let rest): (members, others) = (known, rest)
        case .unknown where isThere: (members, others) = (Members(), .unknown)
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
        return .object(members.setting(name, member), others: others)
    }

    /// The shape behind a question for a place: whether something is there is not known any more.
    func forgetting(_ segments: ArraySlice<JSONPath.Segment>) -> Shape {
        guard case .member(let name)? = segments.first, case .object(let members, let others) = self,
            members[name] != nil || others != .unknown
        else { return self }
        var member = members[name] ?? Member(presence: .missing, shape: .unknown)
        if member.presence == .missing {
            member = Member(presence: .optional, shape: .unknown)
        } else {
            member.shape = member.shape.forgetting(segments.dropFirst())
        }
        return .object(members.setting(name, member), others: others)
    }
}
