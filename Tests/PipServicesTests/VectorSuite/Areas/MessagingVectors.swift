import PipServices
import PipServicesTesting

enum MessagingVectors {
    static let operations: VectorOperation.Table = [
        "envelopeNew": .init { input in
            let envelope = try envelope(input)
            return [
                "trace_id": VectorValue.text(envelope.traceId), "message_type": VectorValue.text(envelope.messageType),
                "text": VectorValue.text(envelope.messageAsString),
            ]
        },
        "envelopeToJson": .init { input in
            var envelope = try envelope(input)
            envelope.messageId = try input.text("id")
            envelope.sentTime = DateTimeConverter.toNullableDateTime(input["sentTime"])
            return try JSONConverter.fromJSON(JSONConverter.toJSON(.map(envelope.toJSON())))
        },
        "envelopeFromJson": .init { input in
            let envelope = try MessageEnvelope.fromJSON(try input.text)
            return [
                "message_id": .string(envelope.messageId), "trace_id": VectorValue.text(envelope.traceId),
                "message_type": VectorValue.text(envelope.messageType),
                "sent_time": VectorValue.date(envelope.sentTime),
                "text": VectorValue.text(envelope.messageAsString),
            ]
        },
        "envelopeToString": .init { input in .string("\(try envelope(input))") },
        "messageAs": .init { input in try MessageEnvelope(.empty, nil, try input.text).getMessageAs() },
        "sequence": .init { input in try await sequence(input) },
        "configure": .init { input in
            var config = try ConfigVectors.config(input.value)
            let queue: MemoryMessageQueue
            if let descriptor = config["descriptor"] {
                config.remove("descriptor")
                let created = try DefaultMessagingFactory.create().create(Locator(descriptor))
                guard let memory = created as? MemoryMessageQueue else { throw VectorInput.Unclear(what: descriptor) }
                queue = memory
            } else {
                queue = MemoryMessageQueue("init")
            }
            try await assemble(queue, config: config)
            return .string(queue.name)
        },
        "capabilities": .init { input in
            guard try input.text == "memory" else { throw VectorInput.Unclear(what: "kind") }
            let capabilities = try await assemble(MemoryMessageQueue()).capabilities
            return [
                "messageCount": .bool(capabilities.canMessageCount), "send": .bool(capabilities.canSend),
                "receive": .bool(capabilities.canReceive), "peek": .bool(capabilities.canPeek),
                "peekBatch": .bool(capabilities.canPeekBatch), "renewLock": .bool(capabilities.canRenewLock),
                "abandon": .bool(capabilities.canAbandon), "deadLetter": .bool(capabilities.canDeadLetter),
                "clear": .bool(capabilities.canClear),
            ]
        },
        "listen": .init { input in
            let queue = try await assemble(MemoryMessageQueue())
            try await queue.open(.empty)
            let receiver = TestMessageReceiver()
            try await queue.beginListen(.empty, receiver)
            let texts = try input.texts("send")
            for text in texts { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
            try await waitUntil(within: .seconds(30)) { receiver.messageCount == texts.count }
            try await queue.close(.empty)
            return VectorValue.texts(receiver.messages.map { $0.messageAsString ?? "" })
        },
    ]

    private static func envelope(_ input: VectorInput) throws -> MessageEnvelope {
        let (context, type) = (Context(traceId: try input.optionalText("traceId")), try input.optionalText("type"))
        switch input["message"] {
        case .null: return MessageEnvelope(context, type, nil as [UInt8]?)
        case .string(let text): return MessageEnvelope(context, type, text)
        case let value: return try MessageEnvelope(context, type, encoding: value)
        }
    }

    /// Runs steps on a queue that goes by a clock of its own, which `sleep` moves. The queue is open unless the steps
    /// open it.
    private static func sequence(_ input: VectorInput) async throws -> AnyValue {
        let (clock, counters) = (VirtualClock(), LogCounters())
        let queue = try await assemble(
            MemoryMessageQueue(try input.text("queue")),
            references: ["test:clock:virtual:default:1.0": clock, "test:counters:log:default:1.0": counters])
        let steps = try input.list("steps")
        if !steps.contains(where: { $0[0] == "open" }) { try await queue.open(.empty) }
        var received: [String: MessageEnvelope] = [:]
        var results: [AnyValue] = []
        for step in steps {
            do {
                switch (step[0]?.string, step[1] ?? .null) {
                case ("sleep", let time):
                    clock.advance(by: .milliseconds(try VectorInput.int(time)))
                    results.append(.null)
                case ("receive", let wait):
                    let wait = Duration.milliseconds(try VectorInput.int(wait))
                    let message = try await ContractTime.virtual(clock).flowing {
                        try await queue.receive(.empty, waitTimeout: wait)
                    }
                    if let message { received[message.messageAsString ?? ""] = message }
                    results.append(VectorValue.text(message?.messageAsString))
                case ("counters", _):
                    let counts = ["sent_messages", "received_messages", "dead_messages"].map { "queue.q1.\($0)" }
                        .compactMap { name in counters[name]?.count.map { (name, AnyValue.integer(Int64($0))) } }
                    results.append(.map(AnyValueMap(counts)))
                default: results.append(try await run(VectorInput(step), queue, received))
                }
            } catch let error as VectorInput.Unclear {
                throw error
            } catch {
                results.append(VectorValue.error(error))
            }
        }
        return .array(results)
    }

    private static func run(
        _ step: VectorInput, _ queue: MemoryMessageQueue, _ received: [String: MessageEnvelope]
    ) async throws -> AnyValue {
        let argument = step.value[1] ?? .null
        func message() throws -> MessageEnvelope {
            guard let message = received[try VectorInput.text(argument)] else {
                throw VectorInput.Unclear(what: "a message that was not received")
            }
            return message
        }
        switch try VectorInput.text(step.value[0] ?? .null) {
        case "isOpen": return .bool(queue.isOpen)
        case "open": try await queue.open(.empty)
        case "close": try await queue.close(.empty)
        case "send": try await queue.send(.empty, MessageEnvelope(.empty, "t", try VectorInput.text(argument)))
        case "peek": return VectorValue.text(try await queue.peek(.empty)?.messageAsString)
        case "peekBatch":
            let messages = try await queue.peekBatch(.empty, try VectorInput.int(argument))
            return VectorValue.texts(messages.map { $0.messageAsString ?? "" })
        case "complete": try await queue.complete(.empty, message())
        case "abandon": try await queue.abandon(.empty, message())
        case "deadLetter": try await queue.moveToDeadLetter(.empty, message())
        case "renewLock":
            let time = try VectorInput.int(step.value[2] ?? .null)
            try await queue.renewLock(.empty, message(), lockTimeout: .milliseconds(time))
        case "hasReference":
            let message = try message()
            return .bool((try? await queue.renewLock(.empty, message, lockTimeout: .seconds(30))) != nil)
        case "count": return .integer(Int64(try await queue.readMessageCount(.empty)))
        case "clear": try await queue.clear(.empty)
        case let name: throw VectorInput.Unclear(what: name)
        }
        return .null
    }
}
