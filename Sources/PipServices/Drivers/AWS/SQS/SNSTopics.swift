#if PIP_AWS
/// Publishes to Amazon SNS topics and subscribes SQS queues to them.
final class SNSTopics: Component {
    private let client = AWSClient(.sns)
    /// The client reads it from the section.
    private let declaredAddress = Setting<String?>(
        "connection.sns_uri", default: nil, "The address of SNS, if it differs from 'connection.uri'")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let logger = CompositeLogger()
    private let arns = Locked<[ScalarText: String]>([:])
    /// The delays between checks of the policy: the time that others may need between reading and writing it.
    private static let settling = RetryPolicy(retries: 8, delay: .milliseconds(300), maxDelay: .seconds(2))

    func close() {
        client.close()
        arns.withLock { $0 = [:] }
    }

    /// Subscribes a queue to a topic, and allows the topic to send to it.
    ///
    /// - Parameters:
    ///   - topic: the name of the topic, or its ARN.
    ///   - attributes: the queue's attributes.
    ///   - autoCreate: true to create a missing topic; if false, it must exist.
    func subscribe(
        _ context: Context, _ topic: String, queue: SQSQueue, _ attributes: AnyValueMap, _ sqs: AWSClient,
        autoCreate: Bool
    ) async throws {
        guard let queueARN = queue.arn else { return }
        let arn = try await arn(context, topic, autoCreate: autoCreate)
        try await allow(context, arn, queue, queueARN, attributes, sqs)
        _ = try await client.call(
            context, "Subscribe",
            [
                "TopicArn": .string(arn), "Protocol": "sqs", "Endpoint": .string(queueARN),
                "Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true",
                "ReturnSubscriptionArn": "true",
            ])
    }

    /// Sends a message to a topic.
    func publish(_ context: Context, _ topic: String, _ entry: SQSEntry) async throws {
        var input: AnyValueMap = [
            "TopicArn": .string(try await arn(context, topic, autoCreate: false)),
            "Message": entry.fields["MessageBody"] ?? "",
        ]
        for name in ["MessageGroupId", "MessageDeduplicationId"] {
            if let value = entry.fields[name] { input[name] = value }
        }
        let attributes = entry.fields["MessageAttributes"]?.map ?? [:]
        for (index, (name, value)) in attributes.enumerated() {
            input["MessageAttributes.entry.\(index + 1).Name"] = .string(name)
            input["MessageAttributes.entry.\(index + 1).Value"] = value
        }
        _ = try await client.call(context, "Publish", input)
    }

    // MARK: - Internal

    /// Returns the ARN of a topic. For a name, SNS returns the existing topic or creates one.
    private func arn(_ context: Context, _ topic: String, autoCreate: Bool) async throws -> String {
        if ARN(parsing: topic)?.service == "sns" {
            if !client.isOpen { try await client.open(context) }
            return topic
        }
        if let known = arns.withLock({ $0[ScalarText(topic)] }) { return known }
        let params = try await client.open(context)
        if !autoCreate {
            let all = try await client.pages(context, "ListTopics", [:], member: "Topics")
            let found = all.compactMap { $0["TopicArn"]?.string }.first {
                ARN(parsing: $0)?.resource.isSame(as: topic) ?? false
            }
            guard let found else {
                throw ApplicationError.config(
                    code: "CANNOT_ACCESS_TOPIC", key: "topic",
                    "'topic' is '\(topic.shortened)'; expected a topic of SNS that exists in \(params.region ?? ""), or "
                        + "'options.auto_create' that is true", traceId: context.traceId)
            }
            arns.withLock { $0[ScalarText(topic)] = found }
            return found
        }
        var input: AnyValueMap = ["Name": .string(topic)]
        if topic.ends(with: ".fifo") {
            input["Attributes.entry.1.key"] = "FifoTopic"
            input["Attributes.entry.1.value"] = "true"
        }
        guard let arn = try await client.call(context, "CreateTopic", input)["TopicArn"]?.string else {
            throw ApplicationError.connection(
                code: HTTPFailure.badResponse, "AWS sns returned no ARN of the topic '\(topic)'",
                traceId: context.traceId)
        }
        arns.withLock { $0[ScalarText(topic)] = arn }
        return arn
    }

    /// Adds a statement to the policy of the queue, unless there is one for the topic.
    ///
    /// SQS replaces a policy as a whole and unconditionally, so concurrent writers can overwrite each other's
    /// statements. The policy is therefore read right before it is written, and checked again when concurrent writers
    /// must have finished.
    private func allow(
        _ context: Context, _ arn: String, _ queue: SQSQueue, _ queueARN: String, _ attributes: AnyValueMap,
        _ sqs: AWSClient
    ) async throws {
        var policy = Self.policy(attributes)
        for attempt in 0...Self.settling.retries {
            if Self.allows(policy, arn) { return }
            policy = Self.policy(
                try await sqs.call(
                    context, "GetQueueAttributes", ["QueueUrl": .string(queue.url), "AttributeNames": ["Policy"]])[
                        "Attributes"]?.map ?? [:])
            if Self.allows(policy, arn) { return }
            try await write(context, policy, arn, queue, queueARN, sqs)
            policy = nil
            try await clock.sleep(for: Self.settling.pause(before: attempt, random))
        }
        logger.warn(
            context,
            "The policy of the queue '\(queue.name)' loses what allows the topic '\(arn)': others write it all the time"
        )
    }

    private static func policy(_ attributes: AnyValueMap) -> AnyValueMap? {
        attributes["Policy"]?.string.flatMap { try? JSONParser.parse($0) }?.map
    }

    private static func allows(_ policy: AnyValueMap?, _ arn: String) -> Bool {
        policy.map { JSONConverter.toJSON(.map($0)).contains(text: "\"\(arn)\"") } ?? false
    }

    private func write(
        _ context: Context, _ present: AnyValueMap?, _ arn: String, _ queue: SQSQueue, _ queueARN: String,
        _ sqs: AWSClient
    ) async throws {
        var policy = present ?? ["Version": "2012-10-17"]
        let statement: AnyValue = [
            "Effect": "Allow", "Principal": ["Service": "sns.amazonaws.com"], "Action": "sqs:SendMessage",
            "Resource": .string(queueARN), "Condition": ["ArnEquals": ["aws:SourceArn": .string(arn)]],
        ]
        let statements = policy["Statement"]?.array ?? policy["Statement"].map { [$0] } ?? []
        policy["Statement"] = .array(statements + [statement])
        _ = try await sqs.call(
            context, "SetQueueAttributes",
            [
                "QueueUrl": .string(queue.url),
                "Attributes": ["Policy": .string(JSONConverter.toJSON(.map(policy)))],
            ])
    }
}
#endif
