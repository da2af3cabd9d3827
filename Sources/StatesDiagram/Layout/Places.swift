/// Where the items stand within their rows: as straight below one another as the room between them allows.
///
/// Source: Gansner and others (1993), section 4.2.
enum Places {
    /// The middle of each item, the leftmost edge being at 0.
    static func places(_ rows: Rows) -> [Int] {
        var links: [NetworkSimplex.Link] = []
        for row in rows.rows {
            for (left, right) in zip(row, row.dropFirst()) {
                links.append(
                    NetworkSimplex.Link(
                        tail: left, head: right, length: distance(rows.items[left], rows.items[right]), weight: 0))
            }
        }
        var count = rows.items.count
        for seam in rows.seams {
            // Its two ends are as far from one another as the two together are from the leftmost of them.
            links.append(
                NetworkSimplex.Link(tail: count, head: seam.upper, length: -seam.upperPort, weight: seam.weight))
            links.append(NetworkSimplex.Link(tail: count, head: seam.lower, length: 0, weight: seam.weight))
            count += 1
        }
        let places = NetworkSimplex.solve(nodes: count, links)
        let left = rows.items.indices.map { places[$0] - rows.items[$0].size.width / 2 }.min() ?? 0
        return rows.items.indices.map { places[$0] - left }
    }

    private static func distance(_ left: Rows.Item, _ right: Rows.Item) -> Int {
        let room =
            switch (left.content, right.content) {
            case (.box, .box): 28
            case (.turn, _), (_, .turn): 8
            case (.box, _), (_, .box): 18
            default: 14
            }
        return (left.size.width + 1) / 2 + room + (right.size.width + 1) / 2
    }
}
