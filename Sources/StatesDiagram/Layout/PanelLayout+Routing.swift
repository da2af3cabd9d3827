extension PanelLayout {
    /// Room below a box, around words, and for the head of an arrow above a box.
    fileprivate static let (below, around, arrow) = (8, 5, 15)

    /// Lays out a panel.
    ///
    /// 1. The boxes in rows, with room for arrows and words.
    /// 2. The order in the rows.
    /// 3. The places in the rows.
    /// 4. What runs sideways between the rows.
    /// 5. How high all is.
    /// 6. The ways of the arrows.
    init(_ panel: Panel) {
        // 1. and 2.
        var rows = Rows(panel)
        rows.reorder(Ordering.order(rows, panel))
        // 3.
        let places = Places.places(rows)
        let width = rows.items.indices.map { places[$0] + (rows.items[$0].size.width + 1) / 2 }.max() ?? 0
        // 4. to 6.
        self = Routing(panel: panel, rows: rows, places: places, width: width).layout()
    }

    private struct Routing {
        let panel: Panel
        let rows: Rows
        let places: [Int]
        let width: Int
        private var channels: [Channel]
        private var seamKeys: [Rows.Pair: Channel.Key] = [:]
        /// The exits that leave a box at its side, straight.
        private var isDirect: [Bool]
        private var tops: [Int] = []
        private var heights: [Int] = []

        private var sideX: Int { panel.side == .right ? width : 0 }

        init(panel: Panel, rows: Rows, places: [Int], width: Int) {
            self.panel = panel
            self.rows = rows
            self.places = places
            self.width = width
            channels = rows.rows.map { _ in Channel() }
            isDirect = panel.exits.map { _ in false }
            isDirect = panel.exits.map { exit in
                let row = rows.rows[rows.items[exit.source].row]
                return exit.label == nil && (panel.side == .right ? row.last : row.first) == exit.source
            }
            fillChannels()
            measure()
        }

        // MARK: 4.

        private mutating func fillChannels() {
            var lowers: [Channel.Key: Int] = [:]
            for seam in rows.seams { lowers[.from(item: seam.upper, port: seam.upperPort), default: 0] += 1 }
            for seam in rows.seams {
                let from = Channel.Key.from(item: seam.upper, port: seam.upperPort)
                let (upper, lower) = (places[seam.upper] + seam.upperPort, places[seam.lower])
                let row = rows.items[seam.upper].row
                let key: Channel.Key
                if rows.items[seam.lower].content == .turn {
                    key = .turn(seam.lower)
                    channels[row].add(key, upper: upper)
                } else if rows.items[seam.upper].content == .turn {
                    key = .into(rows.turnTarget(seam.upper))
                    channels[row].add(key, lower: lower)
                } else {
                    key = lowers[from] == 1 ? .into(seam.lower) : from
                    channels[row].add(key, upper: upper, lower: lower)
                }
                seamKeys[Rows.Pair(upper: seam.upper, lower: seam.lower)] = key
            }
            for (index, exit) in panel.exits.enumerated() where !isDirect[index] {
                let item = rows.exits[index].items.last ?? exit.source
                let port = rows.items[item].isBox ? rows.port(of: item, isError: exit.isError) : 0
                channels[rows.items[item].row].add(
                    .exit(trunk: exit.trunk), upper: places[item] + port, side: sideX)
            }
            for entry in panel.entries {
                channels[rows.items[entry.target].row - 1].add(
                    .into(entry.target), lower: places[entry.target], side: sideX)
            }
            for index in channels.indices { channels[index].assignTracks() }
        }

        // MARK: 5.

        private mutating func measure() {
            heights = rows.rows.map { row in row.map { rows.items[$0].size.height }.max() ?? 0 }
            var y = 0
            for row in rows.rows.indices {
                tops.append(y)
                y += heights[row]
                let isOuter = row == 0 || row == rows.rows.count - 1
                if isOuter, channels[row].isEmpty { continue }
                y += before(row) + max(0, channels[row].trackCount - 1) * Channel.room + after(row)
            }
            tops.append(y)
        }

        /// Room above the tracks below a row.
        private func before(_ row: Int) -> Int {
            if !row.isMultiple(of: 2) { return PanelLayout.below }
            if heights[row] > 0 || row == 0 { return PanelLayout.around }
            // Without words between them the tracks above and below are neighbours.
            return channels[row].trackCount > 0 && channels[row - 1].trackCount > 0 ? Channel.room : 0
        }

        /// Room below the tracks below a row.
        private func after(_ row: Int) -> Int {
            if row.isMultiple(of: 2) { return PanelLayout.arrow }
            return heights[row + 1] > 0 ? PanelLayout.around : 0
        }

        private func y(_ key: Channel.Key, row: Int) -> Int? {
            channels[row].track(key).map { y(track: $0, row: row) }
        }

        private func y(track: Int, row: Int) -> Int {
            tops[row] + heights[row] + before(row) + track * Channel.room
        }

        private func frame(_ item: Int) -> Frame {
            let (size, row) = (rows.items[item].size, rows.items[item].row)
            let y = rows.items[item].isBox ? tops[row] : tops[row] + (heights[row] - size.height) / 2
            return Frame(x: places[item] - size.width / 2, y: y, width: size.width, height: size.height)
        }

        // MARK: 6.

        func layout() -> PanelLayout {
            var layout = PanelLayout()
            layout.size = Size(width: width, height: tops.last ?? 0)
            layout.boxes = panel.boxes.indices.map(frame)
            layout.lineX = panel.boxes.indices.first { panel.boxes[$0].isOnLine }.map { places[$0] } ?? width / 2
            for (way, link) in zip(rows.links, panel.links) {
                let points = way.isBack ? self.back(way, link) : self.down(way, link)
                layout.links.append(Route(points: points.withoutStops, label: way.words.map(frame)))
            }
            for (index, exit) in panel.exits.enumerated() {
                let way = rows.exits[index]
                let points = isDirect[index] ? direct(exit) : aside(way, exit)
                layout.exits.append(Route(points: points.withoutStops, label: way.words.map(frame)))
            }
            for entry in panel.entries {
                let (x, row) = (places[entry.target], rows.items[entry.target].row - 1)
                let y = self.y(.into(entry.target), row: row) ?? tops[row]
                let points = [Point(x: sideX, y: y), Point(x: x, y: y), Point(x: x, y: frame(entry.target).top)]
                layout.entries.append(Route(points: points.withoutStops))
            }
            return layout
        }

        private func start(_ source: Int, port: Int) -> Point {
            Point(x: places[source] + port, y: frame(source).bottom)
        }

        private func down(_ way: Rows.Way, _ link: Panel.Link) -> [Point] {
            let port = rows.port(of: link.source, isError: link.isError, isOnLine: link.isOnLine)
            var points = [start(link.source, port: port)]
            for (upper, lower) in zip(way.items, way.items.dropFirst()) {
                points += bend(upper, lower, from: points[points.count - 1].x)
            }
            let target = way.items[way.items.count - 1]
            return points + [Point(x: places[target], y: frame(target).top)]
        }

        private func bend(_ upper: Int, _ lower: Int, from x: Int) -> [Point] {
            let row = rows.items[upper].row
            guard let key = seamKeys[Rows.Pair(upper: upper, lower: lower)], let y = y(key, row: row) else { return [] }
            let (first, last) = (Point(x: x, y: y), places[lower])
            guard let second = channels[row].secondTrack(key) else { return [first, Point(x: last, y: y)] }
            let (middle, below) = ((x + last) / 2, self.y(track: second, row: row))
            return [first, Point(x: middle, y: y), Point(x: middle, y: below), Point(x: last, y: below)]
        }

        private func back(_ way: Rows.Way, _ link: Panel.Link) -> [Point] {
            let items = way.items
            let lane = items[2..<(items.count - 2)]
            let (below, above, target) = (items[1], items[items.count - 2], items[items.count - 1])
            let x = places[link.source] + rows.port(of: link.source, isError: link.isError, isBack: true)
            var points = [Point(x: x, y: frame(link.source).bottom)]
            if let first = lane.first, let y = y(.turn(below), row: rows.items[link.source].row) {
                points += [Point(x: x, y: y), Point(x: places[first], y: y)]
            }
            for (lower, upper) in zip(lane, lane.dropFirst()) {
                // On the way up the bend is met from below.
                points += bend(upper, lower, from: places[upper]).reversed()
            }
            if let last = lane.last, let y = y(.into(target), row: rows.items[above].row) {
                points += [Point(x: places[last], y: y), Point(x: places[target], y: y)]
            }
            return points + [Point(x: places[target], y: frame(target).top)]
        }

        private func direct(_ exit: Panel.Exit) -> [Point] {
            let frame = frame(exit.source)
            let x = panel.side == .right ? frame.right : frame.left
            return [Point(x: x, y: frame.center.y), Point(x: sideX, y: frame.center.y)]
        }

        private func aside(_ way: Rows.Way, _ exit: Panel.Exit) -> [Point] {
            var points = [start(exit.source, port: rows.port(of: exit.source, isError: exit.isError))]
            for (upper, lower) in zip(way.items, way.items.dropFirst()) {
                points += bend(upper, lower, from: points[points.count - 1].x)
            }
            let last = way.items[way.items.count - 1]
            let x = way.items.count > 1 ? places[last] : points[0].x
            let row = rows.items[last].row
            let y = self.y(.exit(trunk: exit.trunk), row: row) ?? tops[row] + heights[row] + before(row)
            return points + [Point(x: x, y: y), Point(x: sideX, y: y)]
        }
    }
}

extension [Point] {
    /// The points without those at which nothing changes.
    var withoutStops: [Point] {
        var points: [Point] = []
        for point in self {
            if points.last == point { continue }
            if points.count > 1 {
                let (before, last) = (points[points.count - 2], points[points.count - 1])
                let isStraight =
                    before.x == last.x && last.x == point.x || before.y == last.y && last.y == point.y
                if isStraight { points.removeLast() }
            }
            points.append(point)
        }
        return points
    }
}
