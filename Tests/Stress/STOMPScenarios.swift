import Glibc
import PipServices
import PipServicesTesting

/// ActiveMQ and RabbitMQ by the brokers that PIP_TEST_ACTIVEMQ and PIP_TEST_RABBITMQ name.
let stompScenarios: [Scenario] = {
    var scenarios: [Scenario] = []
    #if PIP_ACTIVEMQ
    for (kind, variable) in [("activemq", "PIP_TEST_ACTIVEMQ"), ("rabbitmq", "PIP_TEST_RABBITMQ")] {
        guard let address = getenv(variable).map({ String(cString: $0) }) else {
            print("\(kind): left out, since \(variable) names no broker")
            continue
        }
        scenarios.append(Scenario(name: kind) { bound in try await stressQueue(kind, address, bound) })
    }
    #endif
    return scenarios
}()

#if PIP_ACTIVEMQ
/// Messages of all sizes by 12 tasks that send, some of which are cancelled, and 12 that receive, abandon and complete,
/// while queues are opened and closed. Each message whose sending was confirmed is received, and as it was sent.
private func stressQueue(_ kind: String, _ address: String, _ bound: Bound) async throws {
    let name = "stress.\(IdGenerator.nextLong())"
    let (queue, close) = try await openQueue(kind, address, name)
    let (sent, received) = (Locked<Set<String>>([]), Locked<Set<String>>([]))
    let senders = Locked(12)
    try await concurrently(24) { worker in
        guard worker < 12 else {
            // Until the senders have ended and nothing more comes.
            while true {
                let isLast = senders.withLock { $0 == 0 }
                if try await take(queue, received) == false, isLast { return }
            }
        }
        defer { senders.withLock { $0 -= 1 } }
        var number = 0
        while bound.isOpen {
            number += 1
            let size = number.isMultiple(of: 100) ? 300_000 : number % 2000
            let id = "\(worker)-\(number)-\(size)"
            let message = MessageEnvelope(
                .empty, id, [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size))
            if number.isMultiple(of: 7) {
                let call = Task { try await queue.send(.empty, message) }
                if number.isMultiple(of: 2) { await Task.yield() }
                call.cancel()
                if case .success = await call.result { sent.withLock { _ = $0.insert(id) } }
            } else {
                try await queue.send(.empty, message)
                sent.withLock { _ = $0.insert(id) }
            }
            if worker == 0, number.isMultiple(of: 50) {
                let (other, close) = try await openQueue(kind, address, "\(name).other")
                try await other.send(.empty, message)
                _ = try await other.receive(.empty, waitTimeout: .milliseconds(100))
                try await close()
            }
        }
    }
    let lost = sent.current.subtracting(received.current)
    try check(!received.current.isEmpty && lost.isEmpty, "\(lost.count) of \(sent.current.count) messages are lost")
    try await close()
}

/// Receives a message, and completes it; some are abandoned the first time. False if none has come for a while.
private func take(_ queue: any MessageQueue, _ received: Locked<Set<String>>) async throws -> Bool {
    guard let message = try await queue.receive(.empty, waitTimeout: .seconds(1)) else { return false }
    let id = message.messageType ?? ""
    let size = id.split(separator: "-").last.flatMap { Int($0) } ?? -1
    let payload = message.message ?? []
    try check(
        payload.count == size && payload.allSatisfy { $0 == UInt8(truncatingIfNeeded: size) },
        "another payload of \(id)")
    if size % 10 == 3, message.deliveryCount == 1 {
        try await queue.abandon(.empty, message)
    } else {
        received.withLock { _ = $0.insert(id) }
        try await queue.complete(.empty, message)
    }
    return true
}

/// An open queue on a connection of its own, and what closes both.
private func openQueue(
    _ kind: String, _ address: String, _ name: String
) async throws -> (any MessageQueue, @Sendable () async throws -> Void) {
    let parts = address.split(separator: ":")
    let config: ConfigParams = [
        "connection.host": String(parts[0]), "connection.port": String(parts[1]), "credential.username": "guest",
        "credential.password": "guest",
    ]
    let options: ConfigParams = ["options.redelivery_delay": "1", "options.max_redelivery_delay": "10"]
    if kind == "activemq" {
        let connection = try await assemble(ActiveMQConnection(), config: config)
        try await connection.open(.empty)
        let queue = try await assemble(
            ActiveMQMessageQueue(name), config: options,
            references: ["pip-services:connection:activemq:default:1.0": connection])
        try await queue.open(.empty)
        return (
            queue,
            {
                try await queue.close(.empty)
                try await connection.close(.empty)
            }
        )
    }
    let connection = try await assemble(RabbitMQConnection(), config: config)
    try await connection.open(.empty)
    let queue = try await assemble(
        RabbitMQMessageQueue(name), config: options,
        references: ["pip-services:connection:rabbitmq:default:1.0": connection])
    try await queue.open(.empty)
    return (
        queue,
        {
            try await queue.close(.empty)
            try await connection.close(.empty)
        }
    )
}
#endif
