#if PIP_AZURE
import FoundationEssentials

/// A topic's subscription that exists while the topic is open: the first receive creates it, and closing deletes it.
/// Service Bus deletes the subscriptions of crashed processes.
final class ServiceBusTemporarySubscription: Sendable {
    let name: String
    private let topic: String
    private let requiresSession: Bool
    private let idleTime: Duration
    private let clock: any ClockSource
    private let logger: CompositeLogger
    private let creation = Locked<Task<Void, any Error>?>(nil)

    /// The timeout of the deletion.
    private static let deletionTime = Duration.seconds(5)

    init(
        of topic: String, requiresSession: Bool, idleTime: Duration, clock: any ClockSource,
        random: any RandomSource, logger: CompositeLogger
    ) {
        self.topic = topic
        self.requiresSession = requiresSession
        self.idleTime = idleTime
        self.clock = clock
        self.logger = logger
        name = "temp-\(IdGenerator.nextLong(random))"
    }

    /// Creates the subscription unless it exists. All callers share one attempt.
    /// - Throws: what ``ServiceBusManagement/createSubscription(_:_:of:requiresSession:idleTime:)`` throws.
    func create(_ context: Context, _ client: ServiceBusClient) async throws {
        let task = creation.withLock { creation in
            if let task = creation { return task }
            let task = Task { [self] in
                let context = Context(traceId: context.traceId)
                try await client.management(context).createSubscription(
                    context, name, of: topic, requiresSession: requiresSession, idleTime: idleTime)
                try await client.authorize(context, entity: "\(topic)/Subscriptions/\(name)")
            }
            creation = task
            return task
        }
        do {
            try await task.value
        } catch {
            // The next call tries again.
            creation.withLock { creation in if creation == task { creation = nil } }
            throw error
        }
    }

    /// Notes that the subscription is missing: the next call creates it again.
    func forget() { creation.withLock { $0 = nil } }

    /// Deletes the subscription if it was created.
    func delete(_ context: Context, _ client: ServiceBusClient) async {
        let task = creation.withLock { creation in
            defer { creation = nil }
            return creation
        }
        guard let task else { return }
        // The creation may still be in progress.
        _ = await task.result
        var context = Context(traceId: context.traceId)
        context.deadline = clock.uptime + Self.deletionTime
        do {
            try await client.management(context).deleteSubscription(context, name, of: topic)
        } catch {
            logger.warn(
                context,
                "The temporary subscription '\(name)' of '\(topic)' can't be deleted, and Service Bus deletes it "
                    + "later: \(error)")
        }
    }
}
#endif
