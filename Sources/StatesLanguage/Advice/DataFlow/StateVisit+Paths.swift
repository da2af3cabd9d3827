// What paths, templates and intrinsics in JSONPath find.
extension StateVisit {
    mutating func select(_ selection: State.Selection?, _ shape: Shape, _ place: ProblemPath) -> Shape {
        switch selection {
        case nil: shape
        case .nothing: .object(Shape.Members(), others: .none)
        case .path(let path): look(path, shape, place)
        }
    }

    mutating func combine(
        _ path: ResultPath, _ result: Shape, _ input: Shape, _ place: ProblemPath
    ) -> Shape {
        switch path {
        case .replace: return result
        case .discard: return input
        case .path(let path):
            if !budget.take(1 + input.memberCount(along: path.path.segments)) { return .unknown }
            return input.inserting(result, at: path.path.segments[...])
        }
    }

    mutating func evaluate(_ template: PayloadTemplate, _ shape: Shape, _ place: ProblemPath) -> Shape {
        evaluate(template.root, shape, place)
    }

    private mutating func evaluate(_ template: TemplateNode, _ shape: Shape, _ place: ProblemPath) -> Shape {
        if !budget.take(1) { return .unknown }
        switch template {
        case .literal(let json): return Shape(json, budget)
        case .path(let path): return look(path, shape, place)
        case .intrinsic(let expression):
            for path in expression.paths { _ = look(path, shape, place) }
            return Self.result(of: expression)
        case .array(let templates):
            for (index, template) in templates.enumerated() {
                _ = evaluate(template, shape, place.appending(index))
            }
            return .array
        case .object(let members):
            let known = members.map { member in
                let value = evaluate(member.template, shape, place.appending(member.fieldName))
                return (member.name, Shape.Member(presence: .always, shape: value))
            }
            return .object(Shape.Members(known), others: .none)
        }
    }

    private static func result(of expression: IntrinsicExpression) -> Shape {
        guard case .call(let function, _, _) = expression else { return .unknown }
        switch function {
        case .format, .jsonToString, .base64Encode, .base64Decode, .hash, .uuid: return .text
        case .array, .arrayPartition, .arrayRange, .arrayUnique, .stringSplit: return .array
        case .arrayContains: return .flag
        case .arrayLength, .mathRandom, .mathAdd: return .number
        case .stringToJson, .arrayGetItem, .jsonMerge: return .unknown
        }
    }

    mutating func look(_ path: JSONPath, _ shape: Shape, _ place: ProblemPath) -> Shape {
        let known = KnownData(input: shape, variables: variables)
        let (document, segments) = known.document(of: path) ?? (facts.context, path.segments)
        if !budget.take(1 + document.memberCount(along: segments)) { return .unknown }
        switch document.find(segments) {
        case .found(let found): return found
        case .nobodyKnows: return path.isDefinite ? .unknown : .array
        case .missing(_, let isOnEveryWay):
            if isTelling {
                missed.append(
                    MissedValue(
                        text: path.text, segments: segments, document: Self.document(of: path),
                        isOnEveryWay: isOnEveryWay, place: place))
            }
            return .unknown
        }
    }

    private static func document(of path: JSONPath) -> KnownData.Document {
        switch path.root {
        case .input: .input
        case .context: .other
        case .variable: .variables
        }
    }
}
