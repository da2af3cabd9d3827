/// A place in a picture, in pixels from its upper left corner.
struct Point: Hashable, Sendable {
    var x: Int
    var y: Int

    func moved(by offset: Point) -> Point { Point(x: x + offset.x, y: y + offset.y) }
}

/// How wide and how high something is.
struct Size: Hashable, Sendable {
    var width: Int
    var height: Int
}

/// A rectangle in a picture.
struct Frame: Hashable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var left: Int { x }
    var right: Int { x + width }
    var top: Int { y }
    var bottom: Int { y + height }
    var center: Point { Point(x: x + width / 2, y: y + height / 2) }

    func moved(by offset: Point) -> Frame { Frame(x: x + offset.x, y: y + offset.y, width: width, height: height) }

    /// Whether the two have more than an edge in common.
    func overlaps(_ other: Frame) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
}
