#if PIP_REDIS
/// A Lua script that runs on the server in one atomic step.
///
/// Keep it, best in a `static let`: it remembers the digest by which it is called after the first time. A server that
/// does not know it any more, since it was started anew, is sent the text again.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: String
    private let knownDigest = Locked<String?>(nil)

    /// Creates a script. Its keys are `KEYS[1]` and so on, its other arguments `ARGV[1]` and so on.
    public init(_ source: String) { self.source = source }

    // MARK: - Internal

    /// The digest that a server has told; nil before it was asked.
    var digest: String? {
        get { knownDigest.current }
        set { knownDigest.withLock { $0 = newValue } }
    }
}
#endif
