import PipServices

/// Waits until something has come about, and looks every millisecond: for what other tasks do, where there is nothing to
/// await.
///
/// - Parameters:
///   - bound: how long to wait at most, in real time. Generous by default: a machine may be busy with other tests.
///   - condition: tells whether it has.
/// - Throws: Unknown `NOT_IN_TIME` when it has not, and what `condition` throws.
public func waitUntil(
    within bound: Duration = .seconds(300), _ condition: () async throws -> Bool
) async throws {
    let clock = SystemClock()
    let end = clock.uptime + bound
    while try await !condition() {
        guard clock.uptime < end else {
            throw ApplicationError.unknown(
                code: "NOT_IN_TIME", "It did not come about within \(bound.components.seconds) s")
        }
        try await clock.sleep(for: .milliseconds(1))
    }
}
