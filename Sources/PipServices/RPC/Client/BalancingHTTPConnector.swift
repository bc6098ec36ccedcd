import Synchronization

/// Spreads requests over the addresses of one service, in turn, and goes on to the next address when one can't be
/// reached.
///
/// The URL of a request is then a path: `/v1/beacons?skip=5`. An address that could not be reached comes last for a
/// second. A request that a peer may have got is not sent to another one here: see ``RetryingHTTPConnector``, around this
/// one.
public final class BalancingHTTPConnector: HTTPConnector {
    /// An address, and what sends to it.
    public struct Target: Sendable {
        /// Protocol, host and port, such as `http://host:8080`.
        public let address: String
        /// What sends to it, such as one with a circuit breaker of this address.
        public let connector: any HTTPConnector

        /// Creates a target.
        public init(_ address: String, _ connector: any HTTPConnector) {
            self.address = address
            self.connector = connector
        }
    }

    private let targets: [Target]
    private let clock: any ClockSource
    private let next: Atomic<Int>
    /// Until when an address comes last; nil for one that can be reached.
    private let avoided: Locked<[Duration?]>
    private static let avoidance = Duration.seconds(1)

    /// Creates a connector for addresses. The first is chosen by chance, so that many clients do not all begin with the
    /// same one.
    public init(_ targets: [Target], clock: any ClockSource, random: any RandomSource) {
        self.targets = targets
        self.clock = clock
        next = Atomic(random.next(in: 0..<max(1, targets.count)))
        avoided = Locked(Array(repeating: nil, count: targets.count))
    }

    /// Sends a request to the next address that can be reached.
    /// - Throws: Misconfiguration `NO_CONNECTION` when there are no addresses; the error of the last one.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        if targets.count == 1, let only = targets.first { return try await send(context, request, to: only) }
        var last: (any Error)?
        for index in order() {
            do {
                let response = try await send(context, request, to: targets[index])
                avoid(index, until: nil)
                return response
            } catch  where HTTPFailure.isUnsent(error) && request.body.isRepeatable {
                avoid(index, until: clock.uptime + Self.avoidance)
                last = error
            }
        }
        throw last
            ?? ApplicationError.config(
                code: "NO_CONNECTION", "There is no address to send to", traceId: context.traceId)
    }

    // MARK: - Internal

    private func send(_ context: Context, _ request: HTTPClientRequest, to target: Target) async throws
        -> HTTPClientResponse
    {
        var request = request
        request.url = target.address + request.url
        return try await target.connector.send(context, request)
    }

    /// All addresses from the one whose turn it is, those that could not be reached at the end.
    private func order() -> [Int] {
        guard !targets.isEmpty else { return [] }
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        let first = ((turn % targets.count) + targets.count) % targets.count
        let all = (0..<targets.count).map { (first + $0) % targets.count }
        let avoided = avoided.current
        guard avoided.contains(where: { $0 != nil }) else { return all }
        let now = clock.uptime
        let late = all.filter { avoided[$0].map { now < $0 } ?? false }
        return all.filter { !late.contains($0) } + late
    }

    private func avoid(_ index: Int, until end: Duration?) {
        avoided.withLock { if $0[index] != end { $0[index] = end } }
    }
}
