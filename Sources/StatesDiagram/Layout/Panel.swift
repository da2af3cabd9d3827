/// Boxes that are laid out together, from top to bottom, and the arrows between them; what leads elsewhere leaves at the
/// side.
struct Panel {
    /// On which side the arrows to other panels leave and enter.
    enum Side {
        case left
        case right
    }

    struct Box {
        let size: Size
        /// Whether it stands on the line that goes straight down.
        var isOnLine = false
    }

    struct Link {
        let source: Int
        let target: Int
        let isError: Bool
        /// How much room its words take, if it has any.
        var label: Size?
        /// Whether it is part of the line that goes straight down.
        var isOnLine = false
        /// Whether its words are those of all errors that lead to its target, and are told once, above that.
        var sharesWords = false
    }

    /// An arrow that leaves for another panel.
    struct Exit {
        let source: Int
        /// Those with the same trunk are drawn into one.
        let trunk: Int
        let isError: Bool
        var label: Size?
    }

    /// Arrows that come from other panels.
    struct Entry {
        let target: Int
        let trunk: Int
    }

    /// The first one is where it begins.
    var boxes: [Box] = []
    var links: [Link] = []
    var exits: [Exit] = []
    var entries: [Entry] = []
    var side = Side.right
}

/// A panel with everything in its place.
struct PanelLayout {
    /// The way of an arrow.
    struct Route {
        /// From box to box, or to the side of the panel, with a corner at each point in between.
        var points: [Point]
        var label: Frame?
    }

    var size = Size(width: 0, height: 0)
    var boxes: [Frame] = []
    var links: [Route] = []
    var exits: [Route] = []
    var entries: [Route] = []
    /// Where the line runs that goes straight down.
    var lineX = 0
}
