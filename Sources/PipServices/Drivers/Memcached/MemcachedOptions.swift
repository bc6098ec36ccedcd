/// The parsed settings of a connection.
struct MemcachedOptions: Sendable {
    var poolSize = 5
    var maxPending = 10_000
    var timeout = Duration.seconds(5)
    var retries = 5
    var failures = 5
    var retry = Duration.seconds(30)
    var reconnect = Duration.seconds(10)
    var remove = false
    var idle = Duration.seconds(5)
    var maxAge = Duration.seconds(300)
    var maxKeySize = MemcachedKeyRules.limit
    var maxValue = 1_048_576
    var maxExpiration = MemcachedExpiry.longestSpan
    var hashKeys = false
}
