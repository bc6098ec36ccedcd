/// Limits the requests per client with token buckets (a burst and a rate per second).
struct RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Duration
    }

    /// The maximum number of tracked clients. A client that is dropped starts again with a full bucket.
    static let capacity = 10_000

    private var buckets: [ScalarText: Bucket] = [:]

    /// Takes a client's token. Returns nil on success, otherwise the seconds until the next token.
    mutating func take(_ client: String, now: Duration, rate: Double, burst: Double) -> Double? {
        var bucket = buckets[ScalarText(client)] ?? Bucket(tokens: burst, time: now)
        bucket.tokens = min(burst, bucket.tokens + max(0, (now - bucket.time).milliseconds / 1000) * rate)
        bucket.time = now
        let isAllowed = bucket.tokens >= 1
        if isAllowed { bucket.tokens -= 1 }
        if buckets[ScalarText(client)] == nil, buckets.count >= Self.capacity { makeRoom(now, rate, burst) }
        buckets[ScalarText(client)] = bucket
        return isAllowed ? nil : (1 - bucket.tokens) / rate
    }

    var count: Int { buckets.count }

    // MARK: - Internal

    /// Drops clients with full buckets, or otherwise all but the most active ones. Amortized cost per request is low.
    private mutating func makeRoom(_ now: Duration, _ rate: Double, _ burst: Double) {
        buckets = buckets.filter { $0.value.tokens + (now - $0.value.time).milliseconds / 1000 * rate < burst }
        guard buckets.count > Self.capacity / 2 else { return }
        let kept = buckets.sorted { $0.value.tokens < $1.value.tokens }.prefix(Self.capacity / 2)
        buckets = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
