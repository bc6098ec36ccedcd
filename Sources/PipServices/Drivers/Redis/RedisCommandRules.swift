#if PIP_REDIS
/// The commands that must not be sent on a shared connection.
enum RedisCommandRules {
    /// The kind of connection that a command requires.
    enum Place: Sendable, Hashable {
        case anywhere
        /// The command blocks or changes its connection.
        case ownConnection
        /// The command does not have exactly one reply.
        case nowhere
    }

    static func place(_ name: String, _ arguments: some Collection<String>) -> Place {
        // Frequent commands first: comparing short strings is cheap.
        if name == "GET" || name == "SET" || name == "EVALSHA" || name == "MGET" || name == "DEL" { return .anywhere }
        let name = uppercased(name)
        if changing.contains(ScalarText(name)) { return .ownConnection }
        if subscribing.contains(ScalarText(name)) { return .nowhere }
        switch name {
        case "CLIENT":
            let word = arguments.first.map(uppercased)
            if word == "REPLY" { return .nowhere }
            return word.map { changingClient.contains(ScalarText($0)) } == true ? .ownConnection : .anywhere
        case "HELLO":
            // Later protocol versions have unsolicited replies.
            return arguments.first.map { uppercased($0) == "2" } ?? true ? .ownConnection : .nowhere
        case "XREAD", "XREADGROUP":
            let options = arguments.prefix { uppercased($0) != "STREAMS" }
            return options.contains { uppercased($0).isSame(as: "BLOCK") } ? .ownConnection : .anywhere
        default: return .anywhere
        }
    }

    // MARK: - Internal

    private static func uppercased(_ text: String) -> String {
        String(decoding: text.utf8.map(\.asciiUppercased), as: UTF8.self)
    }

    private static let changing: Set<ScalarText> = [
        "AUTH", "SELECT", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "QUIT", "RESET", "ASKING", "READONLY",
        "READWRITE", "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT",
        "WAITAOF",
    ]
    private static let changingClient: Set<ScalarText> = ["TRACKING", "CACHING", "NO-EVICT", "NO-TOUCH", "SETNAME"]
    private static let subscribing: Set<ScalarText> = [
        "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR", "SYNC",
        "PSYNC",
    ]
}
#endif
