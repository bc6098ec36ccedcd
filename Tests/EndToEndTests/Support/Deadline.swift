/// Waits for something by asking for it again and again.
enum Deadline {
    /// Far longer than anything takes, since other work may keep the machine busy: only a failure waits so long.
    static let usual = Duration.seconds(60)

    /// What `poll` gives as soon as that is not nil; nil when the time is over.
    static func wait<Value>(
        _ bound: Duration = usual, until poll: () async throws -> Value?
    ) async throws -> Value? {
        let clock = ContinuousClock()
        let end = clock.now + bound
        while true {
            if let value = try await poll() { return value }
            guard clock.now < end else { return nil }
            try await clock.sleep(for: .milliseconds(5))
        }
    }
}
