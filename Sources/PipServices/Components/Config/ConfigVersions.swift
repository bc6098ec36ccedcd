/// What looks at a file mean: whether there is a new version of it to try.
///
/// A text is tried when two looks in a row have seen it: a file that is just being written would else be taken by half,
/// and half a configuration may well be a valid one. One that was refused is tried again only after something else was
/// there.
struct ConfigVersions: Sendable {
    /// What a look at the file has seen.
    enum Look: Sendable, Equatable {
        case source(ConfigSource)
        /// Why there is none.
        case failure(String)
    }

    /// What is in force.
    private(set) var current: Look
    private var seen: Look?
    private var refused: Look?

    init(_ current: Look) { self.current = current }

    /// Takes note of a look. True when it is to be tried.
    mutating func note(_ look: Look) -> Bool {
        if look == current { refused = nil }
        guard look != current, look != refused else {
            seen = nil
            return false
        }
        let isSettled = look == seen
        seen = isSettled ? nil : look
        return isSettled
    }

    /// What was tried is in force from now on.
    mutating func accept(_ look: Look) { (current, refused) = (look, nil) }

    /// What was tried can't be used.
    mutating func refuse(_ look: Look) { refused = look }
}
