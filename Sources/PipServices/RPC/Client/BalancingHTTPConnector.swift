/// Spreads requests over the addresses of one service, in turn, and goes on to the next address when one can't be
/// reached. Of the time until the context's deadline, connecting to an address takes at most its share.
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
    private let rotation: AddressRotation

    /// Creates a connector for addresses. The first is chosen by chance, so that many clients do not all begin with the
    /// same one.
    public init(_ targets: [Target], clock: any ClockSource, random: any RandomSource) {
        self.targets = targets
        self.clock = clock
        rotation = AddressRotation(count: targets.count, clock: clock, random: random)
    }

    /// Sends a request to the next address that can be reached.
    /// - Throws: Misconfiguration `NO_CONNECTION` when there are no addresses; the error of the last one.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        if targets.count == 1, let only = targets.first { return try await send(context, request, to: only) }
        var last: (any Error)?
        let order = rotation.order()
        for (place, index) in order.enumerated() {
            do {
                let request = bounded(context, request, addresses: order.count - place)
                let response = try await send(context, request, to: targets[index])
                rotation.note(index, isReachable: true)
                return response
            } catch  where HTTPFailure.isUnsent(error) && request.body.isRepeatable {
                rotation.note(index, isReachable: false)
                last = error
            }
        }
        throw last
            ?? ApplicationError.config(
                code: "NO_CONNECTION", "There is no address to send to", traceId: context.traceId)
    }

    // MARK: - Internal

    /// An address that swallows everything must leave time to connect to the others.
    private func bounded(_ context: Context, _ request: HTTPClientRequest, addresses: Int) -> HTTPClientRequest {
        guard addresses > 1, let deadline = context.deadline else { return request }
        let share = (deadline - clock.uptime) / addresses
        if share <= .zero { return request }
        if let limit = request.connectTimeout, limit <= share { return request }
        var request = request
        request.connectTimeout = share
        return request
    }

    private func send(_ context: Context, _ request: HTTPClientRequest, to target: Target) async throws
        -> HTTPClientResponse
    {
        var request = request
        request.url = target.address + request.url
        return try await target.connector.send(context, request)
    }
}
