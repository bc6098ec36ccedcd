/// Decides which polled version of a file to try.
///
/// A version is tried after two identical polls, because a file that is being written may be valid by chance. A
/// rejected version is tried again only after the content has changed in between.
struct ConfigVersions: Sendable {
    /// The result of a poll.
    enum Look: Sendable, Equatable {
        case source(ConfigSource)
        /// The reason why the file can't be read.
        case failure(String)
    }

    /// The version in use.
    private(set) var current: Look
    private var seen: Look?
    private var refused: Look?

    init(_ current: Look) { self.current = current }

    /// Records a poll. Returns true if the version must be tried.
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

    /// Records that the version is now in use.
    mutating func accept(_ look: Look) { (current, refused) = (look, nil) }

    /// Records that the version is invalid.
    mutating func refuse(_ look: Look) { refused = look }
}
