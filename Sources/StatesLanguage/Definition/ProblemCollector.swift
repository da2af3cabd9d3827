/// The problems that are found while a definition is read: so many that a person can read them, and how many more.
final class ProblemCollector {
    /// How many problems of a kind are told. AWS's own bound is the same: `maxResults` of
    /// `ValidateStateMachineDefinition`.
    static let maximumCount = 100

    /// What is wrong in anybody's eyes.
    private(set) var all: [Problem] = []
    /// What is valid, and not there in the embedded engine.
    private(set) var unsupported: [Problem] = []
    /// How many there are of each beyond those.
    private(set) var moreErrors = 0
    private(set) var moreUnsupported = 0
    private var suggestion = Suggestion()
    private let isWanted: (Problem.Code) -> Bool

    /// - Parameter isWanted: which problems are taken.
    init(_ isWanted: @escaping (Problem.Code) -> Bool = { _ in true }) {
        self.isWanted = isWanted
    }

    /// Adds a problem; what is said of it is put together only if there is room for it.
    func add(
        _ code: Problem.Code, at path: @autoclosure () -> ProblemPath, _ message: @autoclosure () -> String,
        hint: @autoclosure () -> String? = nil
    ) {
        add(code) { Problem(code, at: path(), message(), hint: hint()) }
    }

    /// Adds a problem that takes some searching to describe.
    func add(_ code: Problem.Code, _ problem: () -> Problem) {
        if !isWanted(code) { return }
        if code == .unsupportedFeature {
            if unsupported.count < Self.maximumCount { unsupported.append(problem()) } else { moreUnsupported += 1 }
        } else {
            if all.count < Self.maximumCount { all.append(problem()) } else { moreErrors += 1 }
        }
    }

    /// Counts problems of which nothing more is known.
    func add(untold count: Int) { moreErrors += count }

    /// A hint at the nearest of `names`. All of the hints together look at a bounded number of letters.
    func hint(for name: String, among names: some Sequence<String>) -> String? {
        suggestion.hint(for: name, among: names)
    }
}
