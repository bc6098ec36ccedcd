#if PIP_AWS
import FoundationEssentials

/// The state with which an open ``AWSClient`` sends requests.
final class AWSSession: Sendable {
    let credentials: CredentialCache<AWSCredentials>
    private let connector: any HTTPConnector
    private let endpoint: AWSEndpoint
    private let signer: AWSSigner
    private let resilience: ResilienceSettings
    private let budget: RetryBudget
    private let random: RandomSlot
    private let service: AWSService
    private let connectTimeout: Duration?
    private let transport: HTTPTransport
    /// The seconds by which the service's clock is ahead of the local one.
    private let skew = Locked<TimeInterval>(0)

    init(
        connector: any HTTPConnector, endpoint: AWSEndpoint, signer: AWSSigner,
        credentials: CredentialCache<AWSCredentials>,
        resilience: ResilienceSettings, budget: RetryBudget, random: RandomSlot, service: AWSService,
        connectTimeout: Duration?, transport: HTTPTransport
    ) {
        self.connector = connector
        self.endpoint = endpoint
        self.signer = signer
        self.credentials = credentials
        self.resilience = resilience
        self.budget = budget
        self.random = random
        self.service = service
        self.connectTimeout = connectTimeout
        self.transport = transport
    }

    /// Sends a request until it succeeds, fails permanently or its timeout expires. Each attempt is signed again.
    func send(_ context: Context, _ request: AWSRequest) async throws -> HTTPClientResponse {
        let (clock, policy) = (resilience.clockSource, resilience.retryPolicy)
        let end = resilience.timeout.map { clock.uptime.adding(timeout: $0 + request.patience) }
        let deadline = end.map { context.earlier($0) } ?? context.deadline
        var (attempt, hasRenewed, hasCorrected) = (0, false, false)
        budget.noteCall()
        while true {
            let (outcome, used) = try await sendOnce(context, request, deadline)
            let (error, pause): (any Error, Duration)
            switch outcome {
            case .response(let response): return response
            case .failed(let failure):
                // Neither counts as an attempt: the service has executed nothing, and the cause is removed.
                if failure.isOfTime, !hasCorrected, correctClock(failure) {
                    hasCorrected = true
                    continue
                }
                if failure.isExpiredToken, !hasRenewed {
                    hasRenewed = true
                    credentials.invalidate(used)
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
        case failed(AWSFailure)
        case lost(ApplicationError)
    }

    /// The maximum back-off that a service can request.
    private static let longestPause = Duration.seconds(60)
    /// A smaller skew is never the cause of a rejection, because signatures are valid for minutes.
    private static let smallestSkew: TimeInterval = 60
    private static let maxResponseSize = 16 << 20

    private func sendOnce(
        _ context: Context, _ request: AWSRequest, _ deadline: Duration?
    ) async throws -> (Outcome, AWSCredentials) {
        let clock = resilience.clockSource
        let keys = try await credentials.current(context)
        let url = endpoint.url + (request.path.isSame(as: "/") && endpoint.url.utf8.last != 0x2F ? "/" : request.path)
        var plain = HTTPClientRequest(
            request.method, url, headers: request.headers, body: HTTPBody(request.body),
            connectTimeout: connectTimeout, timeout: resilience.attemptTimeout.map { $0 + request.patience },
            maxResponseSize: Self.maxResponseSize, transport: transport)
        if let deadline {
            let left = deadline - clock.uptime
            guard left > .zero else {
                throw HTTPFailure.error(HTTPFailure.timeout, "the time for the call is over", context, plain)
            }
            plain.timeout = min(plain.timeout ?? left, left)
        }
        let time = clock.now.addingTimeInterval(skew.current)
        let signed = try signer.sign(plain, keys, at: time)
        // A bulkhead waits until the deadline of the context.
        var context = context
        context.deadline = deadline
        do {
            let response = try await connector.send(context, signed)
            if (200..<300).contains(response.status) { return (.response(response), keys) }
            return (.failed(AWSFailure(response, now: clock.now)), keys)
        } catch let error as ApplicationError {
            return (.lost(error), keys)
        }
    }

    /// Adopts the service's clock. Returns false if it agrees with the one in use.
    private func correctClock(_ failure: AWSFailure) -> Bool {
        guard let date = failure.date else { return false }
        let offset = date.timeIntervalSince(resilience.clockSource.now)
        return skew.withLock { skew in
            guard abs(offset - skew) > Self.smallestSkew else { return false }
            skew = offset
            return true
        }
    }
}
#endif
