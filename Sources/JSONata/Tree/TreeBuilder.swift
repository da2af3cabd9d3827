/// Makes the tree of an expression of what is written: chains of steps become paths, predicates and bindings go to
/// their step, and for every `%` the step is found that leaves its context behind.
struct TreeBuilder {
    private var slotCount = 0

    /// The tree of an expression.
    ///
    /// - Throws: S0201 to S0217 for what cannot stand where it does.
    static func tree(of syntax: Syntax) throws(JSONataFailure) -> Node {
        var builder = TreeBuilder()
        let node = try builder.node(syntax)
        var isOpen = !node.openSlots.isEmpty
        if case .parent = node.kind { isOpen = true }
        if isOpen { throw error(.noParent, node.position, token: node.kind.name) }
        return node
    }

    private mutating func node(_ syntax: Syntax) throws(JSONataFailure) -> Node {
        let node = try unmarkedNode(syntax)
        if syntax.keepsArray { node.keepsArray = true }
        return node
    }

    private mutating func unmarkedNode(_ syntax: Syntax) throws(JSONataFailure) -> Node {
        let position = syntax.position
        func made(_ kind: Node.Kind, of parts: Node...) -> Node {
            let node = Node(kind, position: position)
            for part in parts { Self.inherit(node, part) }
            return node
        }
        switch syntax.kind {
        case .name(let name):
            let step = made(.name(name))
            step.keepsArray = syntax.keepsArray
            let path = made(.path([step]))
            path.keepsSingleton = syntax.keepsArray
            return path
        case .string(let text): return made(.string(text))
        case .number(let value): return made(.number(value))
        case .constant(let constant): return made(.constant(constant))
        case .pattern(let pattern): return made(.pattern(pattern))
        case .variable(let name): return made(.variable(name))
        case .wildcard: return made(.wildcard)
        case .descendants: return made(.descendants)
        case .placeholder: return made(.placeholder)
        case .parent:
            slotCount += 1
            return made(.parent(Node.Slot(label: "!\(slotCount)")))
        case .end: throw Self.error(.unexpectedEnd, position, token: "(end)")
        case .step(let left, let right): return try path(left, right)
        case .predicate(let left, let right): return try predicate(left, right, position)
        case .grouping(let left, let pairs):
            let node = try node(left)
            if node.group != nil { throw Self.error(.secondGroup, position) }
            node.group = Node.Group(pairs: try self.pairs(pairs), position: position)
            return node
        case .order(let left, let terms): return try order(left, terms, position)
        case .focus(let left, let name): return try focus(left, name, syntax)
        case .index(let left, let name): return try index(left, name, position)
        case .binding(let name, let value):
            let value = try node(value)
            return made(.binding(name, value), of: value)
        case .application(let left, let right):
            let (left, right) = (try node(left), try node(right))
            let result = made(.application(left, right))
            result.keepsArray = left.keepsArray || right.keepsArray
            return result
        case .infix(let infix, let left, let right):
            let (left, right) = (try node(left), try node(right))
            return made(.infix(infix, left, right), of: left, right)
        case .negation(let operand):
            let operand = try node(operand)
            if case .number(let value) = operand.kind {
                operand.kind = .number(-value)
                return operand
            }
            return made(.negation(operand), of: operand)
        case .array(let items):
            let items = try nodes(items)
            let result = made(.array(items))
            for item in items { Self.inherit(result, item) }
            return result
        case .object(let pairs):
            let group = Node.Group(pairs: try self.pairs(pairs), position: position)
            let result = made(.object(group))
            for (name, value) in group.pairs {
                Self.inherit(result, name)
                Self.inherit(result, value)
            }
            return result
        case .block(let parts):
            let parts = try nodes(parts)
            let result = made(.block(parts))
            for part in parts {
                Self.inherit(result, part)
                var first = part
                if case .path(let steps) = part.kind, let step = steps.first { first = step }
                if first.isConstructor { result.isConstructor = true }
            }
            return result
        case .conditional(let condition, let then, let otherwise):
            let condition = try node(condition)
            let then = try node(then)
            let result: Node
            if let otherwise {
                let otherwise = try node(otherwise)
                result = made(.conditional(condition, then, otherwise), of: condition, then, otherwise)
            } else {
                result = made(.conditional(condition, then, nil), of: condition, then)
            }
            return result
        case .call(let procedure, let arguments):
            let arguments = try nodes(arguments)
            let result = made(.call(try node(procedure), arguments))
            for argument in arguments { Self.inherit(result, argument) }
            return result
        case .partial(let procedure, let arguments):
            let arguments = try nodes(arguments)
            let result = made(.partial(try node(procedure), arguments))
            for argument in arguments { Self.inherit(result, argument) }
            return result
        case .lambda(let parameters, let signature, let body):
            return made(.lambda(Node.Lambda(parameters: parameters, signature: signature, body: try node(body))))
        case .transformation(let pattern, let update, let deletion):
            let (pattern, update) = (try node(pattern), try node(update))
            var deleted: Node?
            if let deletion { deleted = try node(deletion) }
            return made(
                .transformation(Node.Transformation(pattern: pattern, update: update, deletion: deleted)))
        }
    }

    private mutating func nodes(_ parts: [Syntax]) throws(JSONataFailure) -> [Node] {
        var nodes: [Node] = []
        for part in parts { nodes.append(try node(part)) }
        return nodes
    }

    private mutating func pairs(_ pairs: [(Syntax, Syntax)]) throws(JSONataFailure) -> [(name: Node, value: Node)] {
        var nodes: [(name: Node, value: Node)] = []
        for (name, value) in pairs { nodes.append((try node(name), try node(value))) }
        return nodes
    }

    // MARK: Paths

    private mutating func path(_ left: Syntax, _ right: Syntax) throws(JSONataFailure) -> Node {
        let left = try node(left)
        let path = Self.asPath(left)
        if case .parent(let slot) = left.kind { path.openSlots = [slot] }
        let rest = try node(right)
        guard case .path(var steps) = path.kind else { return path }
        if case .path(let more) = rest.kind {
            steps += more
        } else {
            rest.stages += rest.predicates.map { .filter($0) }
            rest.predicates = []
            steps.append(rest)
        }
        for step in steps {
            switch step.kind {
            case .number(let value):
                throw Self.error(.literalAsStep, step.position, value: value.javaScriptText)
            case .constant(let constant):
                throw Self.error(.literalAsStep, step.position, value: constant.text)
            case .string(let name): step.kind = .name(name)
            default: break
            }
        }
        if steps.contains(where: \.keepsArray) { path.keepsSingleton = true }
        for step in [steps[0], steps[steps.count - 1]] {
            if case .array = step.kind { step.isConstructor = true }
        }
        path.kind = .path(steps)
        try Self.findParents(in: path)
        return path
    }

    private static func asPath(_ node: Node) -> Node {
        if case .path = node.kind { return node }
        return Node(.path([node]), position: node.position)
    }

    /// The node that predicates and bindings are about: the last step of a path, or the node itself.
    private static func lastStep(of node: Node) -> (step: Node, isInPath: Bool) {
        if case .path(let steps) = node.kind { return (steps[steps.count - 1], true) }
        return (node, false)
    }

    private mutating func predicate(
        _ left: Syntax, _ right: Syntax, _ position: Int
    ) throws(JSONataFailure) -> Node {
        let result = try node(left)
        let (step, isInPath) = Self.lastStep(of: result)
        if step.group != nil { throw Self.error(.predicateAfterGroup, position) }
        let predicate = try node(right)
        if !predicate.openSlots.isEmpty {
            for slot in predicate.openSlots {
                if slot.level == 1 { try Self.seekParent(step, slot) } else { slot.level -= 1 }
            }
            Self.inherit(step, predicate)
        }
        if isInPath { step.stages.append(.filter(predicate)) } else { step.predicates.append(predicate) }
        return result
    }

    private mutating func order(
        _ left: Syntax, _ terms: [(Syntax, isDescending: Bool)], _ position: Int
    ) throws(JSONataFailure) -> Node {
        let path = Self.asPath(try node(left))
        var built: [Node.Term] = []
        for (term, isDescending) in terms {
            built.append(Node.Term(expression: try node(term), isDescending: isDescending))
        }
        let step = Node(.order(built), position: position)
        for term in built { Self.inherit(step, term.expression) }
        if case .path(let steps) = path.kind { path.kind = .path(steps + [step]) }
        try Self.findParents(in: path)
        return path
    }

    private mutating func focus(_ left: Syntax, _ name: String, _ syntax: Syntax) throws(JSONataFailure) -> Node {
        let result = try node(left)
        let (step, _) = Self.lastStep(of: result)
        if !step.stages.isEmpty || !step.predicates.isEmpty {
            throw Self.error(.focusAfterPredicate, syntax.position)
        }
        if case .order = step.kind { throw Self.error(.focusAfterSort, syntax.position) }
        if syntax.keepsArray { step.keepsArray = true }
        step.focus = name
        step.isTuple = true
        return result
    }

    private mutating func index(_ left: Syntax, _ name: String, _ position: Int) throws(JSONataFailure) -> Node {
        var result = try node(left)
        let (step, isInPath) = Self.lastStep(of: result)
        if !isInPath {
            result = Self.asPath(result)
            step.stages += step.predicates.map { .filter($0) }
            step.predicates = []
        }
        if step.stages.isEmpty { step.index = name } else { step.stages.append(.index(name)) }
        step.isTuple = true
        return result
    }

    // MARK: Parents

    /// Hands what `part` looks for on to what it is a part of.
    private static func inherit(_ whole: Node, _ part: Node) {
        whole.openSlots += part.openSlots
        if case .parent(let slot) = part.kind { whole.openSlots.append(slot) }
    }

    /// Finds the steps that the parents in the last step look for; what is not found here, the path looks for.
    private static func findParents(in path: Node) throws(JSONataFailure) {
        guard case .path(let steps) = path.kind, let last = steps.last else { return }
        var slots = last.openSlots
        if case .parent(let slot) = last.kind { slots.append(slot) }
        for slot in slots {
            var index = steps.count - 2
            while slot.level > 0 {
                if index < 0 {
                    path.openSlots.append(slot)
                    break
                }
                var step = steps[index]
                index -= 1
                // Steps in a row that bind what they find have one context.
                while index >= 0, step.focus != nil, steps[index].focus != nil {
                    step = steps[index]
                    index -= 1
                }
                try seekParent(step, slot)
            }
        }
    }

    private static func seekParent(_ node: Node, _ slot: Node.Slot) throws(JSONataFailure) {
        switch node.kind {
        case .name, .wildcard:
            slot.level -= 1
            if slot.level > 0 { return }
            if let ancestor = node.ancestor { slot.label = ancestor.label }
            node.ancestor = slot
            node.isTuple = true
        case .parent: slot.level += 1
        case .block(let parts):
            guard let last = parts.last else { return }
            node.isTuple = true
            try seekParent(last, slot)
        case .path(let steps):
            node.isTuple = true
            var index = steps.count - 1
            try seekParent(steps[index], slot)
            index -= 1
            while slot.level > 0, index >= 0 {
                try seekParent(steps[index], slot)
                index -= 1
            }
        default: throw error(.noParent, node.position, token: node.kind.name)
        }
    }

    private static func error(
        _ code: JSONataError.Code, _ position: Int, token: String? = nil, value: String? = nil
    ) -> JSONataFailure {
        .error(JSONataError(code, position: position, token: token, value: value))
    }
}

extension Constant {
    fileprivate var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        }
    }
}

extension Node.Kind {
    /// What kind of part this is, for an error.
    fileprivate var name: String {
        switch self {
        case .path: "path"
        case .name: "name"
        case .string: "string"
        case .number: "number"
        case .constant: "value"
        case .pattern: "regex"
        case .variable: "variable"
        case .wildcard: "wildcard"
        case .descendants: "descendant"
        case .parent: "parent"
        case .placeholder: "operator"
        case .binding: "bind"
        case .application: "apply"
        case .infix: "binary"
        case .negation, .array, .object: "unary"
        case .block: "block"
        case .conditional: "condition"
        case .call: "function"
        case .partial: "partial"
        case .lambda: "lambda"
        case .transformation: "transform"
        case .order: "sort"
        }
    }
}
