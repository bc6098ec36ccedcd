import FoundationEssentials
import Glibc
import PipServices
import PipServicesTesting

/// A process that tests kill, whose queue and stores are files.
///
/// - `QueueWorker steps FOLDER ORDERS STEP`: stores orders with their messages in an outbox, relays the messages to a
///   queue and handles them, one after the other. Kills itself between two steps: before the step with this number, or
///   never for 0. Goes on where another process was killed. Prints at the end what is left.
/// - `QueueWorker poison FOLDER`: handles a message that ends the process each time. Ends when it is a dead letter.
/// - `QueueWorker flood FOLDER`: sends and handles messages until it is killed. Prints `sent`, `got` and `done` with
///   the number of each message.
@main struct QueueWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { exit(2) }
        switch (arguments[1], arguments.count) {
        case ("steps", 5):
            guard let orders = Int(arguments[3]), let last = Int(arguments[4]) else { exit(2) }
            try await Steps(folder: arguments[2], last: last).run(orders)
        case ("poison", 3): try await Poison.run(folder: arguments[2])
        case ("flood", 3): try await Flood.run(folder: arguments[2])
        default: exit(2)
        }
    }
}

/// An order of a customer, or the effect of the message about one.
struct Order: StringIdentifiable, Codable, Hashable {
    var id: String
    var number: Int
}

/// Notes each step, and kills the process before one of them.
final class KillSwitch: Sendable {
    private let last: Int
    private let steps = Locked(0)

    init(_ last: Int) { self.last = last }

    func step() {
        let step = steps.withLock { steps in
            steps += 1
            return steps
        }
        if step == last { kill(getpid(), SIGKILL) }
    }
}

/// An outbox, with a step before and after each call.
final class SteppedOutbox: Outbox, Component {
    private let outbox: any Outbox
    private let killSwitch: KillSwitch

    init(_ outbox: any Outbox, _ killSwitch: KillSwitch) { (self.outbox, self.killSwitch) = (outbox, killSwitch) }

    func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage] {
        killSwitch.step()
        return try await outbox.getUnsent(context, count)
    }

    func markSent(_ context: Context, _ ids: [String]) async throws {
        killSwitch.step()
        try await outbox.markSent(context, ids)
        killSwitch.step()
    }
}

struct Steps {
    private let orders: IdentifiableFilePersistence<Order>
    private let effects: IdentifiableFilePersistence<Order>
    private let queue: FileMessageQueue
    private let killSwitch: KillSwitch

    init(folder: String, last: Int) {
        orders = IdentifiableFilePersistence(path: folder + "/orders.json")
        effects = IdentifiableFilePersistence(path: folder + "/effects.json")
        queue = FileMessageQueue("orders", path: folder + "/queue.json")
        killSwitch = KillSwitch(last)
    }

    func run(_ count: Int) async throws {
        for component in [orders, effects, queue] as [any Component & Openable] {
            try await assemble(component)
            try await component.open(.empty)
        }
        let relay = try await assemble(
            OutboxRelay(),
            references: [
                "test:persistence:stepped:default:1.0": SteppedOutbox(orders, killSwitch),
                "test:message-queue:file:orders:1.0": queue,
            ])
        for number in 0..<count {
            try await place(number)
            while try await relay.relay(.empty) > 0 {}
            while let message = try await queue.receive(.empty, waitTimeout: .zero) { try await handle(message) }
        }
        try await printResult()
    }

    private func place(_ number: Int) async throws {
        guard orders.getOneById(.empty, "\(number)") == nil else { return }
        killSwitch.step()
        let message = OutboxMessage(
            id: "message-\(number)", destination: "orders", type: "order.placed",
            payload: ["number": .integer(Int64(number))],
            group: "customer", time: Date(timeIntervalSince1970: 0))
        try await orders.apply(.empty, [.create(Order(id: "\(number)", number: number))], messages: [message])
        killSwitch.step()
    }

    /// Notes the effect under the id of the message: it takes place once.
    private func handle(_ message: MessageEnvelope) async throws {
        let (effects, killSwitch) = (effects, killSwitch)
        killSwitch.step()
        await queue.handle(.empty, message) { context, message in
            killSwitch.step()
            guard case .integer(let number)? = try message.getMessageAs()["number"] else { exit(3) }
            do {
                _ = try await effects.create(context, Order(id: message.messageId, number: Int(number)))
            } catch let error as ApplicationError where error.code == "ALREADY_EXISTS" {}
            killSwitch.step()
        }
        killSwitch.step()
    }

    private func printResult() async throws {
        let numbers = effects.getList(.empty, where: .all, sortedBy: .stored).map { "\($0.number)" }
        let (left, dead) = (try await queue.readMessageCount(.empty), try await queue.readDeadLetters(.empty, 10).count)
        let unsent = orders.getUnsent(.empty, 10).count
        for component in [queue, effects, orders] as [any Openable & Closable] { try await component.close(.empty) }
        print("RESULT \(numbers.joined(separator: ",")) left \(left) dead \(dead) unsent \(unsent)")
    }
}

enum Poison {
    static func run(folder: String) async throws {
        let queue = try await assemble(FileMessageQueue("poison", path: folder + "/queue.json"))
        try await queue.open(.empty)
        if try await queue.readMessageCount(.empty) == 0 {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "poison"))
        }
        while let message = try await queue.receive(.empty, waitTimeout: .zero) {
            await queue.handle(.empty, message) { _, _ in kill(getpid(), SIGKILL) }
        }
        let letters = try await queue.readDeadLetters(.empty, 10)
        try await queue.close(.empty)
        print("RESULT \(letters.map { "\($0.message.deliveryCount) \($0.error.code)" }.joined(separator: ","))")
    }
}

enum Flood {
    static func run(folder: String) async throws {
        let queue = FileMessageQueue("flood", path: folder + "/queue.json")
        try await assemble(queue)
        try await queue.open(.empty)
        let numbers = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let number = numbers.withLock { numbers in
                            numbers += 1
                            return numbers
                        }
                        guard (try? await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)"))) != nil else {
                            exit(3)
                        }
                        say("sent", "\(number)")
                    }
                }
                group.addTask {
                    while let message = try? await queue.receive(.empty, waitTimeout: .seconds(60)) {
                        let number = message.messageAsString ?? ""
                        let isDone = await queue.handle(.empty, message) { _, _ in say("got", number) }
                        if isDone { say("done", number) }
                    }
                }
            }
        }
    }

    /// One call of the system for a line: a killed process leaves whole lines.
    private static func say(_ word: String, _ number: String) {
        let line = Array("\(word) \(number)\n".utf8)
        _ = write(STDOUT_FILENO, line, line.count)
    }
}
