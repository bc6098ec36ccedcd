import PipServices

/// Polls a condition every millisecond until it holds. Use it for effects of other tasks that can't be awaited.
///
/// - Parameters:
///   - bound: the maximum wait in real time. The default is generous, because other tests may keep the machine busy.
///   - condition: the condition.
/// - Throws: Unknown `NOT_IN_TIME` on timeout; the error of `condition`.
public func waitUntil(
    within bound: Duration = .seconds(300), _ condition: () async throws -> Bool
) async throws {
    let clock = SystemClock()
    let end = clock.uptime + bound
    while try await !condition() {
        guard clock.uptime < end else {
            throw ApplicationError.unknown(
                code: "NOT_IN_TIME", "The condition did not hold within \(bound.components.seconds) s")
        }
        try await clock.sleep(for: .milliseconds(1))
    }
}
