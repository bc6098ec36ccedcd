#if PIP_AZURE
import FoundationEssentials

/// The authorization of requests.
enum AzureAuthorization: Sendable {
    /// Each request is signed with the account key.
    case sharedKey(AzureSharedKey)
    /// The query of each request contains a shared access signature.
    case signature(String)
    /// Each request contains a token of Microsoft Entra.
    case tokens(AzureTokens)
    /// Requests are not authorized.
    case none
}

/// The state with which an open ``AzureClient`` sends requests.
final class AzureSession: Sendable {
    private let connector: any HTTPConnector
    private let endpoint: Locked<String>
    private let authorization: AzureAuthorization
    private let resilience: ResilienceSettings
    private let budget: RetryBudget
    private let random: RandomSlot
    private let service: AzureService
    private let connectTimeout: Duration?
    private let transport: HTTPTransport
    /// How far the service's clock is ahead, in s.
    private let skew = Locked<TimeInterval>(0)

    init(
        connector: any HTTPConnector, endpoint: String, authorization: AzureAuthorization,
        resilience: ResilienceSettings, budget: RetryBudget, random: RandomSlot, service: AzureService,
        connectTimeout: Duration?, transport: HTTPTransport
    ) {
        self.connector = connector
        self.endpoint = Locked(endpoint)
        self.authorization = authorization
        self.resilience = resilience
        self.budget = budget
        self.random = random
        self.service = service
        self.connectTimeout = connectTimeout
        self.transport = transport
    }

    /// Sends a request until it succeeds, fails permanently or its timeout expires. Each attempt is authorized again.
    func send(_ context: Context, _ request: AzureRequest) async throws -> HTTPClientResponse {
        let (clock, policy) = (resilience.clockSource, resilience.retryPolicy)
        let end = resilience.timeout.map { clock.uptime.adding(timeout: $0) }
        let deadline = end.map { context.earlier($0) } ?? context.deadline
        var (attempt, moves, hasRenewed, hasCorrected) = (0, 0, false, false)
        budget.noteCall()
        while true {
            let (outcome, token) = try await sendOnce(context, request, deadline)
            let (error, pause): (any Error, Duration)
            switch outcome {
            case .response(let response): return response
            case .failed(let failure):
                // It does not count as an attempt, because the service has executed nothing.
                if failure.isUnauthorized, let token, case .tokens(let tokens) = authorization, !hasRenewed {
                    hasRenewed = true
                    tokens.invalidate(token)
                    continue
                }
                if failure.isOfSignature, !hasCorrected, correctClock(failure) {
                    hasCorrected = true
                    continue
                }
                if moves < Self.maxMoves, move(to: failure.location, request) {
                    moves += 1
                    continue
                }
                error = failure.error(context, service.name, request.operation)
                guard failure.isThrottling || failure.isTransient && request.isRepeatable else { throw error }
                guard failure.retryAfter ?? .zero <= Self.longestPause else { throw error }
                pause = max(failure.retryAfter ?? .zero, policy.pause(before: attempt, random))
            case .lost(let lost):
                error = lost
                guard request.isRepeatable && HTTPFailure.isTransient(lost) || HTTPFailure.isUnsent(lost),
                    lost.code != HTTPFailure.circuitOpen
                else { throw lost }
                pause = policy.pause(before: attempt, random)
            }
            guard attempt < policy.retries else { throw error }
            if let deadline, clock.uptime.adding(timeout: pause) >= deadline { throw error }
            guard budget.takeRetry() else { throw error }
            try await clock.sleep(for: pause)
            attempt += 1
        }
    }

    // MARK: - Internal

    private enum Outcome {
        case response(HTTPClientResponse)
        case failed(AzureFailure)
        case lost(ApplicationError)
    }

    /// The maximum back-off that a service can request.
    private static let longestPause = Duration.seconds(60)
    private static let maxResponseSize = 16 << 20
    /// The largest clock difference in s that is ignored; Azure accepts 15 min.
    private static let smallestSkew: TimeInterval = 60
    /// The maximum number of redirects of a request.
    private static let maxMoves = 5

    /// Follows a redirect, for this request and all later ones. Application Insights redirects from its global endpoint to
    /// a regional one.
    /// - Returns: false for an address outside the domains of the service, which would receive all log messages.
    private func move(to location: String?, _ request: AzureRequest) -> Bool {
        guard let target = location?.prefix(upTo: "?", "#"), target.ends(with: request.path),
            let base = String(target.utf8.dropLast(request.path.utf8.count)),
            let address = try? AzureService.address(.empty, base), service.accepts(movedTo: address)
        else { return false }
        endpoint.withLock { $0 = address }
        return true
    }

    /// Adopts the service's time for signatures.
    /// - Returns: false if the adopted time agrees already.
    private func correctClock(_ failure: AzureFailure) -> Bool {
        guard case .sharedKey = authorization, let date = failure.date else { return false }
        let offset = date.timeIntervalSince(resilience.clockSource.now)
        return skew.withLock { skew in
            guard abs(offset - skew) > Self.smallestSkew else { return false }
            skew = offset
            return true
        }
    }

    private func sendOnce(
        _ context: Context, _ request: AzureRequest, _ deadline: Duration?
    ) async throws -> (Outcome, AzureToken?) {
        let clock = resilience.clockSource
        let (authorized, token) = try await authorize(context, request, deadline)
        var sent = authorized
        if let deadline {
            let left = deadline - clock.uptime
            guard left > .zero else {
                throw HTTPFailure.error(HTTPFailure.timeout, "the time for the call is over", context, sent)
            }
            sent.timeout = min(sent.timeout ?? left, left)
        }
        // A bulkhead waits until the deadline of the context.
        var context = context
        context.deadline = deadline
        do {
            let response = try await connector.send(context, sent)
            if (200..<300).contains(response.status) { return (.response(response), token) }
            return (.failed(AzureFailure(response, now: clock.now)), token)
        } catch let error as ApplicationError {
            return (.lost(error), token)
        }
    }

    private func authorize(
        _ context: Context, _ request: AzureRequest, _ deadline: Duration?
    ) async throws -> (HTTPClientRequest, AzureToken?) {
        var url = endpoint.current + request.path
        var query = AzureText.form(request.query)
        if case .signature(let token) = authorization { query += (query.isEmpty ? "" : "&") + token }
        if !query.isEmpty { url += "?" + query }
        var plain = HTTPClientRequest(
            request.method, url, headers: HeaderFields(service.headers + request.headers), body: HTTPBody(request.body),
            connectTimeout: connectTimeout, timeout: resilience.attemptTimeout,
            maxResponseSize: Self.maxResponseSize, transport: transport)
        switch authorization {
        case .sharedKey(let key):
            let format: AzureSharedKey.Format = service.kind == .table ? .table : .storage
            let time = resilience.clockSource.now.addingTimeInterval(skew.current)
            return (try key.sign(plain, at: time, format: format), nil)
        case .tokens(let tokens):
            let token = try await current(tokens, context, plain, deadline)
            plain.headers.append(("Authorization", "Bearer \(token.text)"))
            return (plain, token)
        case .signature, .none: return (plain, nil)
        }
    }

    /// Returns the current token.
    /// - Throws: a timeout if no token is available before the deadline.
    private func current(
        _ tokens: AzureTokens, _ context: Context, _ request: HTTPClientRequest, _ deadline: Duration?
    ) async throws -> AzureToken {
        guard let deadline else { return try await tokens.current(context) }
        let clock = resilience.clockSource
        let token = try await withTimeout(max(.zero, deadline - clock.uptime), clock: clock) {
            try await tokens.current(context)
        }
        if let token { return token }
        try Task.checkCancellation()
        throw HTTPFailure.error(HTTPFailure.timeout, "no token was available before the deadline", context, request)
    }
}
#endif
