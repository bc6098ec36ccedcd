#if PIP_AZURE
import FoundationEssentials

/// The management API of Service Bus, over HTTP: creates and deletes subscriptions of topics.
struct ServiceBusManagement: Sendable {
    let credentials: ServiceBusCredentials
    /// The timeout of a call, including its retries.
    let timeout: Duration

    /// Creates a subscription, which Service Bus deletes when it is idle.
    ///
    /// - Parameter idleTime: the time without a receiver after which it is deleted; at least 5 minutes.
    /// - Throws: NotFound `UNKNOWN_QUEUE` if the topic is missing; Unauthorized `ACCESS_DENIED` without the right
    ///   `Manage`; Unsupported `NOT_COMPILED_IN` without a driver for HTTP; NoResponse errors.
    func createSubscription(
        _ context: Context, _ name: String, of topic: String, requiresSession: Bool, idleTime: Duration
    ) async throws {
        let seconds = max(300, Int64(idleTime.milliseconds / 1000))
        // The service expects the elements in this order.
        let text =
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><entry xmlns=\"http://www.w3.org/2005/Atom\">"
            + "<content type=\"application/xml\"><SubscriptionDescription "
            + "xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">"
            + "<RequiresSession>\(requiresSession)</RequiresSession><AutoDeleteOnIdle>PT\(seconds)S</AutoDeleteOnIdle>"
            + "</SubscriptionDescription></content></entry>"
        try await send(context, .put, name, topic, Array(text.utf8), accepted: [200, 201])
    }

    /// Deletes a subscription, if it exists.
    func deleteSubscription(_ context: Context, _ name: String, of topic: String) async throws {
        try await send(context, .delete, name, topic, [], accepted: [200, 204, 404])
    }

    // MARK: - Internal

    private static let policy = RetryPolicy(delay: .milliseconds(500), maxDelay: .seconds(5))
    private static let version = "2021-05"
    private static let maxSize = 1 << 18

    /// The error of an attempt that may be repeated, and the minimum back-off.
    private typealias Failure = (error: ApplicationError, pause: Duration)

    private func send(
        _ context: Context, _ method: HTTPMethod, _ name: String, _ topic: String, _ body: [UInt8], accepted: [Int]
    ) async throws {
        let url =
            "\(credentials.namespace.managementAddress)/\(topic)/subscriptions/\(name)?api-version=\(Self.version)"
        let clock = credentials.clock
        let end = min(clock.uptime.adding(timeout: timeout), context.deadline ?? .never)
        var attempt = 0
        while true {
            let token = try await credentials.token(
                context, for: "https://\(credentials.namespace.server.host)/\(topic)")
            let request = HTTPClientRequest(
                method, url,
                headers: [
                    ("Authorization", token.header), ("Content-Type", "application/atom+xml;type=entry;charset=utf-8"),
                ], body: HTTPBody(body), timeout: max(end - clock.uptime, .milliseconds(1)),
                maxResponseSize: Self.maxSize, transport: credentials.transport)
            guard let failure = try await sendOnce(context, request, topic, accepted, attempt) else { return }
            let pause = max(failure.pause, Self.policy.pause(before: attempt, credentials.random))
            guard attempt < Self.policy.retries, clock.uptime + pause < end else { throw failure.error }
            try await clock.sleep(for: pause)
            attempt += 1
        }
    }

    private func sendOnce(
        _ context: Context, _ request: HTTPClientRequest, _ topic: String, _ accepted: [Int], _ attempt: Int
    ) async throws -> Failure? {
        let response: HTTPClientResponse
        do {
            response = try await credentials.connector(request.url).send(context, request)
        } catch let lost as ApplicationError where HTTPFailure.isTransient(lost) {
            return (lost, .zero)
        } catch let missing as ApplicationError
            where ["NOT_COMPILED_IN", "NO_CONNECTOR"].contains(sameAs: missing.code)
        {
            throw ApplicationError.unsupported(
                code: missing.code,
                "A temporary subscription of the topic '\(topic)' needs a driver for HTTP; expected one, or "
                    + "'subscription' that names a subscription which exists: \(missing.message)",
                traceId: context.traceId, details: missing.details)
        }
        // The name is unique: an earlier attempt, whose response was lost, has created the subscription.
        let exists = request.method == .put && response.status == 409
        if accepted.contains(response.status) || exists && attempt > 0 { return nil }
        let failure = AzureFailure(response, now: credentials.clock.now)
        let error = Self.error(context, failure, request.method, topic)
        guard failure.isThrottling || failure.isTransient || exists else { throw error }
        return (error, failure.retryAfter ?? .zero)
    }

    private static func error(
        _ context: Context, _ failure: AzureFailure, _ method: HTTPMethod, _ topic: String
    ) -> ApplicationError {
        let details: AnyValueMap = ["queue": .string(topic), "status": .integer(Int64(failure.status))]
        switch failure.status {
        case 401, 403:
            return .unauthorized(
                code: "ACCESS_DENIED",
                "Service Bus refuses a temporary subscription of the topic '\(topic)' with status \(failure.status): that "
                    + "needs the right Manage; expected a policy or an identity that has it, or 'subscription' that names a "
                    + "subscription which exists", traceId: context.traceId, details: details)
        case 404:
            return .notFound(
                code: "UNKNOWN_QUEUE", "There is no topic '\(topic)' in Service Bus", traceId: context.traceId,
                details: details)
        default:
            return failure.error(context, ServiceBusClient.broker, "\(method.rawValue) of a subscription of '\(topic)'")
        }
    }
}
#endif
