extension JSONataLibrary {
    /// Functions that take functions.
    ///
    /// Source: <https://docs.jsonata.org/higher-order-functions>
    static let higherOrderFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("map", "<af>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], case .function(let function) = call[1] else { return .undefined }
            var result = JSONataArray()
            for (position, element) in array.elements.enumerated() {
                let value = try call.apply(function, to: element, .number(Double(position)), of: call[0])
                if value.isUndefined { continue }
                try call.charge(elements: 1)
                result.append(value)
            }
            return .array(result)
        },
        JSONataBuiltIn("filter", "<af>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], case .function(let function) = call[1] else { return .undefined }
            var result = JSONataArray()
            for (position, element) in array.elements.enumerated()
            where try call.apply(function, to: element, .number(Double(position)), of: call[0]).holds(
                &call.evaluator.budget)
            {
                try call.charge(elements: 1)
                result.append(element)
            }
            return .array(result)
        },
        JSONataBuiltIn("single", "<af?>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0] else { return .undefined }
            var found: JSONataValue?
            for (position, element) in array.elements.enumerated() {
                try call.charge(steps: 1)
                if case .function(let function) = call[1],
                    try !call.apply(function, to: element, .number(Double(position)), of: call[0]).holds(
                        &call.evaluator.budget)
                {
                    continue
                }
                if found != nil { throw .error(JSONataError(.moreThanOne, argument: 1)) }
                found = element
            }
            guard let found else { throw .error(JSONataError(.noneOfOne, argument: 1)) }
            return found
        },
        JSONataBuiltIn("reduce", "<afj?:j>") { call throws(JSONataFailure) in
            guard case .array(let array) = call[0], case .function(let function) = call[1] else { return .undefined }
            if function.arity < 2 { throw .error(JSONataError(.reducerTooFewParameters, argument: 1)) }
            var rest = Array(array.elements.enumerated())[...]
            var result = call[2]
            if result.isUndefined, let (_, first) = rest.popFirst() { result = first }
            for (position, element) in rest {
                let arguments = [result, element, .number(Double(position)), call[0]]
                result = try call.apply(function, Array(arguments.prefix(function.arity)))
            }
            return result
        },
        JSONataBuiltIn("sift", "<o-f?:o>") { call throws(JSONataFailure) in
            guard case .object(let object) = call[0], case .function(let function) = call[1] else { return .undefined }
            var result = JSONataObject()
            for (name, value) in object
            where try call.apply(function, to: value, .string(name), of: call[0]).holds(&call.evaluator.budget) {
                try call.charge(elements: 2)
                result[name] = value
            }
            return result.count == 0 ? .undefined : .object(result)
        },
        JSONataBuiltIn("each", "<o-f:a>") { call throws(JSONataFailure) in
            guard case .object(let object) = call[0], case .function(let function) = call[1] else { return .undefined }
            var result = JSONataArray()
            for (name, member) in object {
                let value = try call.apply(function, to: member, .string(name), of: call[0])
                if value.isUndefined { continue }
                try call.charge(elements: 1)
                result.append(value)
            }
            return .array(result)
        },
    ]
}
