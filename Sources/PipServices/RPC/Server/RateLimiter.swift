/// Bounds how many requests come from one client: a token bucket for each (so many at once, and so many per second).
struct RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Duration
    }

    /// How many clients are told apart; a client that was forgotten starts with a full bucket.
    static let capacity = 10_000

    private var buckets: [ScalarText: Bucket] = [:]

    /// Takes a token of a client. Gives nil when there is one, else how many seconds to wait for the next.
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

    /// Forgets the clients whose buckets are full again, else all but the most eager: it must cost little per request.
    private mutating func makeRoom(_ now: Duration, _ rate: Double, _ burst: Double) {
        buckets = buckets.filter { $0.value.tokens + (now - $0.value.time).milliseconds / 1000 * rate < burst }
        guard buckets.count > Self.capacity / 2 else { return }
        let kept = buckets.sorted { $0.value.tokens < $1.value.tokens }.prefix(Self.capacity / 2)
        buckets = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
