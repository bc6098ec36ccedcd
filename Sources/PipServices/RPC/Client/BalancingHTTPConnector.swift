/// Distributes requests over the addresses of a service in turn, and fails over to the next address if one can't be
/// reached. Each connection attempt gets at most an equal share of the time until the context's deadline.
///
/// The URL of a request is a path: `/v1/beacons?skip=5`. An address that could not be reached is tried last for one
/// second. A request that may have reached a peer is not sent to another one; ``RetryingHTTPConnector`` decides about
/// such retries.
public final class BalancingHTTPConnector: HTTPConnector {
    /// An address and its connector.
    public struct Target: Sendable {
        /// Protocol, host and port, such as `http://host:8080`.
        public let address: String
        /// The connector for the address, for example one with its own circuit breaker.
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

    /// Creates a connector. The first address is chosen at random, so that many clients do not all start with the same
    /// one.
    public init(_ targets: [Target], clock: any ClockSource, random: any RandomSource) {
        self.targets = targets
        self.clock = clock
        rotation = AddressRotation(count: targets.count, clock: clock, random: random)
    }

    /// Sends a request to the next reachable address.
    /// - Throws: Misconfiguration `NO_CONNECTION` if there are no addresses; otherwise the error of the last address
    ///   tried.
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

    /// An address that does not respond must leave time to connect to the others.
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
