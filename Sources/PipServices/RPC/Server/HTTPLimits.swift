import Synchronization

/// The limits of an ``HTTPEndpoint``: sizes, times, connections, requests in flight, and requests per client.
///
/// A child component of the endpoint.
public final class HTTPLimits: Component {
    private let requestMaxSize = Setting(
        "options.request_max_size", default: 1_048_576, in: 1..., "The maximum size of a request body, in bytes")
    private let bodiesMaxSize = Setting(
        "options.bodies_max_size", default: 0, in: 0...,
        "The maximum size of the bodies of all requests in progress, in bytes; further requests are rejected with "
            + "503; 0 for 32 times options.request_max_size")
    private let headerMaxSize = Setting(
        "options.header_max_size", default: 16_384, in: 1024...,
        "The maximum size of a request header, in bytes")
    private let headerTimeout = Setting(
        "options.header_timeout", default: Duration.milliseconds(15_000), in: Duration.milliseconds(1)...,
        "The timeout for the header of the first request of a connection, including TLS, in ms")
    private let idleTimeout = Setting(
        "options.idle_timeout", default: Duration.milliseconds(75_000), in: Duration.milliseconds(1)...,
        "The timeout for the header of the next request of a connection, in ms")
    private let transferTimeout = Setting(
        "options.transfer_timeout", default: Duration.milliseconds(30_000), in: Duration.milliseconds(1)...,
        "How long the body of a request or a response may be slower than options.min_rate, in ms")
    private let requestTimeout = Setting(
        "options.request_timeout", default: Duration.zero, in: Duration.zero..., reloadable: true,
        "The timeout of a request; the request is then cancelled and answered with 503; 0 for no limit")
    private let minRate = Setting(
        "options.min_rate", default: 240, in: 0..., "The minimum rate of a body, in bytes per second; 0 for no limit")
    private let maxConnections = Setting(
        "options.max_connections", default: 10_000, in: 1...,
        "The maximum number of connections; further ones are answered with 503")
    private let maxInFlight = Setting(
        "options.max_in_flight", default: 0, in: 0..., reloadable: true,
        "The maximum number of requests in progress; further ones are answered with 503; 0 for no limit")
    private let rateLimit = Setting(
        "options.rate_limit", default: 0.0, in: 0.0..., reloadable: true,
        "The maximum number of requests of a client per second; further ones are answered with 429; 0 for no limit")
    private let rateBurst = Setting(
        "options.rate_burst", default: 0, in: 0..., reloadable: true,
        "The maximum number of requests that a client may send at once; 0 for those of one second")
    private let rateKey = Setting<String?>(
        "options.rate_key", default: nil,
        "The header field that identifies clients; by default, and for X-Forwarded-For and Forwarded, clients are "
            + "identified by address, see options.trusted_proxies")
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.milliseconds(60_000), in: Duration.zero..., HTTPLimits.foreign)
    private let fileMaxSize = Setting("options.file_max_size", default: 209_715_200, in: 0..., HTTPLimits.foreign)
    private let debug = Setting("options.debug", default: true, HTTPLimits.foreign)
    private let upgrade = Setting("options.protocol_upgrade_enabled", default: false, HTTPLimits.foreign)
    private static let foreign = "Has no effect; accepted for files of other editions"
    private let clock = ClockSlot()
    private let limiter = Locked(RateLimiter())
    fileprivate let inFlight = Atomic<Int>(0)

    /// Creates the limits.
    public init() {}

    /// The number of requests in flight. Counted only if `options.max_in_flight` is set.
    public var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    // MARK: - Internal

    var server: HTTPServerLimits {
        let bodySize = requestMaxSize()
        let bodies = bodiesMaxSize() > 0 ? bodiesMaxSize() : 32 * min(bodySize, .max / 32)
        return HTTPServerLimits(
            bodySize: bodySize, bodiesSize: max(bodySize, bodies), headerSize: headerMaxSize(),
            headerTimeout: headerTimeout(), idleTimeout: idleTimeout(), transferTimeout: transferTimeout(),
            minRate: minRate(), connections: maxConnections())
    }

    /// Handles a request unless there are too many requests, in total or from this client.
    ///
    /// - Parameters:
    ///   - isServedAlways: called before a request is refused; true to handle it anyway.
    ///   - refuse: returns the response to a request that is refused.
    // Inlined: every suspending function costs time per request.
    @inline(__always)
    func run(
        _ request: RestRequest, isServedAlways: () -> Bool = { false },
        refuse: (ApplicationError) -> RestResponse = { .error($0) }, _ body: () async -> RestResponse
    ) async -> RestResponse {
        let mark: InFlightMark?
        switch admit(request, isServedAlways) {
        case .success(let admitted): mark = admitted
        case .failure(let refusal):
            var response = refuse(refusal.error)
            response.headers.append(
                ("Retry-After", "\(Int(min(86_400, max(1, refusal.retryAfter.rounded(.up)))))"))
            return response
        }
        var response = await body()
        mark?.cover(&response)
        return response
    }

    /// The caller's deadline, from ``HTTPFieldNames/timeout``; nil without that field.
    func deadline(of request: RestRequest) -> Duration? {
        guard let text = request.headers[HTTPFieldNames.timeout], let time = Int64(text), time >= 0 else { return nil }
        // A longer time could overflow; no caller waits for a year.
        return clock.uptime + .milliseconds(min(time, 31_536_000_000))
    }

    var boundsTime: Bool { requestTimeout() > .zero }

    /// Cancels a handler that exceeds the time limit, and waits for it: it may still be reading the body.
    func bounded(
        _ context: Context, _ body: @escaping @Sendable () async throws -> RestResponse
    ) async throws -> RestResponse {
        let time = requestTimeout()
        guard time > .zero else { return try await body() }
        let clock = clock()
        return try await withThrowingTaskGroup(of: RestResponse?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            if let first = try await group.next(), let response = first { return response }
            throw ApplicationError.invalidState(
                code: "REQUEST_TIMEOUT", "The request took longer than \(time.settingText) ms",
                traceId: context.traceId
            ).withStatus(503)
        }
    }

    /// Returns the mark of a request in flight; nil if requests are not counted.
    private func admit(_ request: RestRequest, _ isServedAlways: () -> Bool) -> Result<InFlightMark?, Refusal> {
        let rate = rateLimit()
        if rate > 0, let wait = wait(request, rate), !isServedAlways() {
            return .failure(
                Refusal(
                    error: .tooManyRequests(code: "TOO_MANY_REQUESTS", "The client sends too many requests"),
                    retryAfter: wait))
        }
        let most = maxInFlight()
        guard most > 0 else { return .success(nil) }
        let mark = InFlightMark(self)
        guard mark.number <= most || isServedAlways() else {
            return .failure(
                Refusal(
                    error: ApplicationError.invalidState(
                        code: "OVERLOADED", "The service has too many requests in flight"
                    ).withStatus(503), retryAfter: 1))
        }
        return .success(mark)
    }

    private func wait(_ request: RestRequest, _ rate: Double) -> Double? {
        let burst = rateBurst()
        // All requests without the field count as one client: omitting it must bring no advantage.
        let client: String
        if let name = rateKey(), !Self.addressFields.contains(where: { $0.isSame(ignoringCase: name) }) {
            client = request.headers[name] ?? ""
        } else {
            let address = request.clientAddress ?? ""
            client = IPAddress(address)?.clientGroup ?? address
        }
        // Clients choose their keys, so a long key must not use more memory than a short one.
        let key =
            client.utf8.count <= 256
            ? client : String(decoding: client.utf8.prefix(64), as: UTF8.self) + "#\(client.hashValue)"
        let now = clock.uptime
        return limiter.withLock {
            $0.take(key, now: now, rate: rate, burst: max(1, burst > 0 ? Double(burst) : rate))
        }
    }

    /// Fields that any client can send; they are trusted only from trusted proxies.
    private static let addressFields = ["x-forwarded-for", "forwarded"]
}

/// The reason for refusing a request.
private struct Refusal: Error {
    var error: ApplicationError
    /// The number of seconds after which the client may retry.
    var retryAfter: Double
}

/// Counts a request in flight until it is released.
private final class InFlightMark: Sendable {
    /// The number of requests in flight, including this one.
    let number: Int
    private let limits: HTTPLimits

    init(_ limits: HTTPLimits) {
        self.limits = limits
        number = limits.inFlight.wrappingAdd(1, ordering: .relaxed).newValue
    }

    deinit { limits.inFlight.wrappingSubtract(1, ordering: .relaxed) }

    /// Extends the mark until the response is written or released.
    func cover(_ response: inout RestResponse) {
        guard let writer = response.writer else { return }
        response.writer = { [self] send in
            defer { withExtendedLifetime(self) {} }
            try await writer(send)
        }
    }
}
