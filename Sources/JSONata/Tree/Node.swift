/// A part of an expression, ready to be evaluated.
///
/// `TreeBuilder` makes nodes and marks them while it makes a tree; a tree that is made never changes, which is why
/// threads may share it.
final class Node: @unchecked Sendable {
    var kind: Kind
    let position: Int
    /// What selects among the results of anything but a step.
    var predicates: [Node] = []
    var group: Group?
    /// Whether a single result stays an array.
    var keepsArray = false
    /// Whether this is a `[…]` in a path, or a block with one, whose result is not flattened.
    var isConstructor = false

    // As a path:

    /// Whether a step of the path keeps a single result an array.
    var keepsSingleton = false
    /// The `%` in this part that no step has been found for. Only `TreeBuilder` looks at it.
    var openSlots: [Slot] = []

    // As a step of a path:

    /// What selects among the results and numbers them.
    var stages: [Stage] = []
    /// Whether the step gives tuples, since something is bound beside the context.
    var isTuple = false
    /// The variable that the result is bound to, while the context stays what it was.
    var focus: String?
    /// The variable that the result's position is bound to.
    var index: String?
    /// The name that the step's own context is bound to, for a `%` further on.
    var ancestor: Slot?

    init(_ kind: Kind, position: Int) {
        self.kind = kind
        self.position = position
    }

    /// Whether all that there is to it is its kind, as a part of any sort and as a step.
    var isBare: Bool {
        stages.isEmpty && predicates.isEmpty && group == nil && !keepsArray && !keepsSingleton && !isTuple
            && focus == nil && index == nil && ancestor == nil
    }

    var isPath: Bool { if case .path = kind { true } else { false } }
    var isVariable: Bool { if case .variable = kind { true } else { false } }

    enum Kind {
        case path([Node])
        case name(String)
        case string(String)
        case number(Double)
        case constant(Constant)
        case pattern(RegularExpression)
        case variable(String)
        case wildcard
        case descendants
        case parent(Slot)
        case placeholder
        case binding(String, Node)
        case application(Node, Node)
        case infix(Operator, Node, Node)
        case negation(Node)
        case array([Node])
        case object(Group)
        case block([Node])
        case conditional(Node, Node, Node?)
        case call(Node, [Node])
        case partial(Node, [Node])
        case lambda(Lambda)
        case transformation(Transformation)
        case order([Term])
    }

    enum Stage {
        case filter(Node)
        case index(String)
    }

    /// The names and values of an object that is made of a value, or of each group of values.
    final class Group: Sendable {
        let pairs: [(name: Node, value: Node)]
        let position: Int

        init(pairs: [(name: Node, value: Node)], position: Int) {
            self.pairs = pairs
            self.position = position
        }
    }

    final class Lambda: Sendable {
        let parameters: [String]
        let signature: Signature?
        let body: Node
        /// Whether no two parameters have the same name.
        let hasDifferentParameters: Bool

        init(parameters: [String], signature: Signature?, body: Node) {
            self.parameters = parameters
            hasDifferentParameters = Set(parameters).count == parameters.count
            self.signature = signature
            self.body = body
        }
    }

    final class Transformation: Sendable {
        let pattern: Node
        let update: Node
        let deletion: Node?

        init(pattern: Node, update: Node, deletion: Node?) {
            self.pattern = pattern
            self.update = update
            self.deletion = deletion
        }
    }

    struct Term {
        let expression: Node
        let isDescending: Bool
    }

    /// How far up a `%` looks, and the name under which a step leaves its context for it. Several that look at the same
    /// step share one name.
    final class Slot: @unchecked Sendable {
        /// How many steps there are to go up still, while the tree is made.
        var level = 1
        /// The name; no variable of an expression can have it.
        var label: String

        init(label: String) { self.label = label }
    }
}
