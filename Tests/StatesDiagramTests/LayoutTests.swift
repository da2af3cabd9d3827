import Foundation
import StatesLanguage
import TestSupport
import Testing

@testable import StatesDiagram

/// What holds of every picture, whatever is drawn.
struct LayoutTests {
    /// What is wrong with a picture.
    private static func problems(_ diagram: Diagram) -> [String] {
        let drawing = diagram.drawing
        var problems: [String] = []
        for depth in 0...(drawing.boxes.map(\.depth).max() ?? 0) {
            let boxes = drawing.boxes.filter { $0.depth == depth }
            let arrows = drawing.arrows.filter { $0.depth == depth }
            for (index, box) in boxes.enumerated() {
                for other in boxes[(index + 1)...] where box.frame.overlaps(other.frame) {
                    problems.append("\(box.node.name) lies over \(other.node.name)")
                }
            }
            let labels = Array(Set(arrows.compactMap(\.labelFrame)))
            for (index, label) in labels.enumerated() {
                for box in boxes where box.frame.overlaps(label) { problems.append("words lie over \(box.node.name)") }
                for other in labels[(index + 1)...] where other.overlaps(label) { problems.append("words overlap") }
            }
            for arrow in arrows {
                for box in boxes where arrow.crosses(box.frame) {
                    problems.append("\(drawing.name(arrow)) crosses \(box.node.name)")
                }
            }
        }
        for arrow in drawing.arrows {
            problems += Self.problems(arrow, drawing)
        }
        for box in drawing.boxes {
            let width = box.lines.map { TextMeasure.width($0, size: BoxMeasure.nameSize, isBold: true) }.max() ?? 0
            if box.node.kind != .start, box.node.kind != .end, width + BoxMeasure.sign > box.frame.width {
                problems.append("\(box.node.name) is wider than its box")
            }
            let isInside =
                box.frame.left >= 0 && box.frame.top >= 0 && box.frame.right <= drawing.size.width
                && box.frame.bottom <= drawing.size.height
            if !isInside { problems.append("\(box.node.name) is outside of the picture") }
        }
        return problems
    }

    private static func problems(_ arrow: Drawing.Arrow, _ drawing: Drawing) -> [String] {
        var problems: [String] = []
        let (source, target) = (drawing.boxes[arrow.source].frame, drawing.boxes[arrow.target].frame)
        guard let first = arrow.points.first, let last = arrow.points.last else { return ["an arrow without a way"] }
        let startsBelow = first.y == source.bottom && (source.left...source.right).contains(first.x)
        let startsBeside =
            [source.left, source.right].contains(first.x) && (source.top...source.bottom).contains(first.y)
        if !startsBelow, !startsBeside { problems.append("\(drawing.name(arrow)) does not start at its box") }
        if last != Point(x: target.center.x, y: target.top) {
            problems.append("\(drawing.name(arrow)) does not end at its box")
        }
        for (one, other) in zip(arrow.points, arrow.points.dropFirst()) where one.x != other.x && one.y != other.y {
            problems.append("\(drawing.name(arrow)) runs askew")
        }
        return problems
    }

    @Test(arguments: Definitions.ours, [false, true])
    func `in the pictures of our machines nothing lies over anything else`(
        definition: JSONValue, isOverview: Bool
    ) throws {
        #expect(Self.problems(try Diagram(definition, isOverview: isOverview)) == [])
    }

    @Test(.enabled(if: Project.hasRecordings, "the recorded behaviour of AWS is not beside the project"))
    func `nor in those of the recorded definitions`() throws {
        let definitions = try Definitions.recorded()
        var count = 0
        for definition in definitions {
            // Some are recorded because they have no states.
            guard let diagram = try? Diagram(definition) else { continue }
            let problems = Self.problems(diagram)
            #expect(problems == [], "\(definition.text)")
            count += 1
        }
        print("Recorded definitions drawn: \(count) of \(definitions.count)")
        #expect(count > 500)
    }

    @Test(arguments: try Definitions.ours + [JSONValue(parsing: Definitions.nested)])
    func `no two arrows between other boxes run along the same line`(definition: JSONValue) throws {
        let drawing = try Diagram(definition).drawing
        for (index, arrow) in drawing.arrows.enumerated() {
            for other in drawing.arrows[(index + 1)...]
            where other.source != arrow.source && other.target != arrow.target {
                #expect(!arrow.runsAlong(other), "\(drawing.name(arrow)) and \(drawing.name(other))")
            }
        }
    }

    @Test func `of two arrows that swap places between two rows, one changes to a second track`() throws {
        func channel(_ ends: [(upper: Int, lower: Int)]) -> Channel {
            var channel = Channel()
            for (item, end) in ends.enumerated() { channel.add(.into(item), upper: end.upper, lower: end.lower) }
            channel.assignTracks()
            return channel
        }
        let swapping = channel([(0, 14), (14, 0)])
        let second = [0, 1].compactMap { swapping.secondTrack(.into($0)) }
        #expect(second.count == 1)
        let first = try [0, 1].map { try #require(swapping.track(.into($0))) }
        #expect(first.allSatisfy { $0 < second[0] } && swapping.trackCount == second[0] + 1)
        let crossing = channel([(0, 60), (30, 90)])
        #expect([0, 1].allSatisfy { crossing.secondTrack(.into($0)) == nil })
    }

    @Test func `what undoes stands in an area of its own, and all arrows to it come in together`() throws {
        let chart = try Chart(Definitions.ours[0])
        let outline = Outline(chart, isWhole: false)
        let remedies = outline.parts.filter(\.isRemedy).map { chart.nodes[$0.nodes[0]].name }
        #expect(remedies == ["IsDuplicate", "DescribeError"])
        let drawing = try Diagram(Definitions.ours[0]).drawing
        let area = try #require(drawing.areas.first { $0.kind == .remedy })
        let undo = try #require(drawing.boxes.firstIndex { $0.node.name == "IsDuplicate" })
        let entries = drawing.arrows.filter { $0.target == undo }
        #expect(entries.count > 5)
        #expect(Set(entries.map { $0.points.suffix(3) }).count == 1)
        #expect(entries.filter(\.hasHead).count == 1)
        #expect(area.frame.overlaps(drawing.boxes[undo].frame))
    }

    @Test func `errors that lead to one state by the same name have it written once`() throws {
        let task = #""Type":"Task","Resource":"x","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}]"#
        let definition = try Definitions.machine(
            #""A":{\#(task),"Next":"B"},"B":{\#(task),"Next":"C"},"C":{\#(task),"End":true},"Z":{"Type":"Fail"}"#)
        let errors = try Diagram(definition).drawing.arrows.filter { $0.kind == .error }
        #expect(errors.count == 3)
        #expect(Set(errors.map(\.labelFrame)).count == 1)
        let words = try Diagram(definition).svg.components(separatedBy: ">States.ALL</text>")
        #expect(words.count == 2)
    }

    @Test func `branches are drawn inside the box of their state`() throws {
        let drawing = try Diagram(JSONValue(parsing: Definitions.nested)).drawing
        func frame(_ name: String) throws -> Frame {
            try #require(drawing.boxes.first { $0.node.name == name }).frame
        }
        for (inner, outer) in [("Pack", "All"), ("Bill", "Both"), ("Each", "Both"), ("Ship", "Each")] {
            let (inner, outer) = (try frame(inner), try frame(outer))
            #expect(inner.left > outer.left && inner.right < outer.right)
            #expect(inner.top > outer.top && inner.bottom < outer.bottom)
        }
        #expect(Self.problems(try Diagram(JSONValue(parsing: Definitions.nested))) == [])
    }

    @Test(arguments: Definitions.ours)
    func `arrows lead down, but for those that lead back or into another part`(definition: JSONValue) throws {
        let chart = try Chart(definition)
        let outline = Outline(chart, isWhole: false)
        var part = chart.nodes.map { _ in 0 }
        for (index, content) in outline.parts.enumerated() { for node in content.nodes { part[node] = index } }
        let drawing = try Diagram(definition).drawing
        for arrow in drawing.arrows where arrow.source < chart.nodes.count && arrow.target < chart.nodes.count {
            let isDown = drawing.boxes[arrow.source].frame.bottom < drawing.boxes[arrow.target].frame.top
            let leadsBack = chart.canReach(arrow.source, from: arrow.target)
            #expect(isDown || leadsBack || part[arrow.source] != part[arrow.target], "\(drawing.name(arrow))")
        }
    }

    @Test(arguments: Definitions.ours)
    func `the way to success is a straight line`(definition: JSONValue) throws {
        let chart = try Chart(definition)
        let drawing = try Diagram(definition).drawing
        let line = Outline(chart, isWhole: false).parts[0].line
        #expect(Set(line.map { drawing.boxes[$0].frame.center.x }).count == 1)
        #expect(line.count > 12)
        #expect(line.last.map { chart.nodes[$0].kind } == .succeed)
    }

    @Test func `a picture is the same to the byte each time`() throws {
        for definition in Definitions.ours {
            let first = try Diagram(definition)
            let second = try Diagram(definition)
            #expect(first.svg == second.svg)
            #expect(first.mermaid == second.mermaid)
            #expect(first.dot == second.dot)
        }
    }

    @Test(arguments: [
        #""A":{"Type":"Wait","Seconds":1,"Next":"A"}"#,
        #""A":{"Type":"Pass","Next":"Nowhere"}"#,
        #""A":{"Type":"Succeed"},"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","Next":"B"}"#,
        #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","NumericLessThan":1,"Next":"A"},{"Variable":"$.a","NumericLessThan":2,"Next":"B"}]},"B":{"Type":"Fail"}"#,
        #""A":{}"#, #""A":null"#,
        #""A":{"Type":"Task","Resource":"x","Next":"B","Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"},{"ErrorEquals":["x"],"Next":"A"}]},"B":{"Type":"Parallel","Branches":[],"End":true}"#,
    ])
    func `loops, states that are not there and what nothing leads to are drawn as well`(states: String) throws {
        let diagram = try Diagram(Definitions.machine(states))
        #expect(Self.problems(diagram) == [])
        #expect(try WellFormedXML.isWellFormed(diagram.svg))
    }
}

extension Drawing {
    func name(_ arrow: Arrow) -> String { "\(boxes[arrow.source].node.name) → \(boxes[arrow.target].node.name)" }
}

extension Drawing.Arrow {
    /// Whether a piece of it lies on one of another arrow.
    func runsAlong(_ other: Drawing.Arrow) -> Bool {
        func overlap(_ one: (Int, Int), _ other: (Int, Int)) -> Int {
            min(max(one.0, one.1), max(other.0, other.1)) - max(min(one.0, one.1), min(other.0, other.1))
        }
        return zip(points, points.dropFirst()).contains { one, end in
            zip(other.points, other.points.dropFirst()).contains { from, to in
                one.x == end.x && from.x == to.x && one.x == from.x && overlap((one.y, end.y), (from.y, to.y)) > 2
                    || one.y == end.y && from.y == to.y && one.y == from.y
                        && overlap((one.x, end.x), (from.x, to.x)) > 2
            }
        }
    }

    /// Whether a piece of it runs through a box.
    func crosses(_ frame: Frame) -> Bool {
        zip(points, points.dropFirst()).contains { one, other in
            let (left, right) = (min(one.x, other.x), max(one.x, other.x))
            let (top, bottom) = (min(one.y, other.y), max(one.y, other.y))
            return left < frame.right && frame.left < right && top < frame.bottom && frame.top < bottom
                || left == right && frame.left < left && left < frame.right && top < frame.bottom && frame.top < bottom
                || top == bottom && frame.top < top && top < frame.bottom && left < frame.right && frame.left < right
        }
    }
}

extension Chart {
    func canReach(_ target: Int, from source: Int) -> Bool {
        var seen: Set = [source]
        var unvisited = [source]
        while let node = unvisited.popLast() {
            if node == target { return true }
            for link in links where link.source == node && seen.insert(link.target).inserted {
                unvisited.append(link.target)
            }
        }
        return false
    }
}
