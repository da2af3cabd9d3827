import StatesLanguage
import Testing

/// What is foreseen of how much work a state is.
struct StateWeightTests {
    private func cost(_ path: String, bytes: Int = 256) throws -> StateWeight.Cost {
        let machine = try StateMachine([
            "StartAt": "A", "States": ["A": ["Type": "Succeed", "InputPath": .string(path)]],
        ])
        return try #require(machine.state("A")).weight.cost(bytes: bytes, contextBytes: 0)
    }

    @Test(arguments: ["['a','a']", "['a','b','a']", "[0,0]", "[0,1,0]", "[-1,0]", "[0,-1]", "[-1,-1]"])
    func `what may lead to one place twice is foreseen as a search of its own`(segment: String) throws {
        let (plain, twice) = (try cost("$..x"), try cost("$..x\(segment)"))
        #expect(twice.most > plain.most && twice.most > twice.once)
        #expect(plain.most == plain.once)
    }

    @Test(arguments: ["['a','b']", "[0,1]", "[0]", "[-1]", "[0:1]", "[*]", ".a"])
    func `what leads to each place once is foreseen as nothing more`(segment: String) throws {
        let (plain, once) = (try cost("$..x"), try cost("$..x\(segment)"))
        #expect(once.most == plain.most && once.once == plain.once)
    }

    @Test func `a third descent is foreseen as all that a state may take`() throws {
        let (two, three) = (try cost("$..x..y"), try cost("$..x..y..z"))
        #expect(two.once == three.once && two.most < three.most)
        #expect(three.most >= StateWeight.maximumSearch)
    }

    @Test(arguments: ["$", "$.x", "$..x", "$..x..y"])
    func `the more data there are the more work is foreseen`(path: String) throws {
        let (none, little, much) = try (cost(path, bytes: 0), cost(path, bytes: 40_960), cost(path, bytes: 262_144))
        #expect(none.once > 0 && none.once < little.once && little.once < much.once)
        #expect(none.most < little.most && little.most <= much.most)
    }
}
