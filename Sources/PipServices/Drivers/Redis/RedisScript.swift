#if PIP_REDIS
/// A Lua script, which the server executes atomically.
///
/// Keep it, preferably in a `static let`: after the first call, it is called by its digest. A server that does not know
/// the digest, for example after a restart, is sent the source again.
public final class RedisScript: Sendable {
    /// The Lua source.
    public let source: String
    private let knownDigest = Locked<String?>(nil)

    /// Creates a script. Its keys are `KEYS[1]` etc., its other arguments `ARGV[1]` etc.
    public init(_ source: String) { self.source = source }

    // MARK: - Internal

    /// The digest returned by a server; nil before the first call.
    var digest: String? {
        get { knownDigest.current }
        set { knownDigest.withLock { $0 = newValue } }
    }
}
#endif
