import FoundationEssentials

/// Stores the messages of a queue in a file.
///
/// Changes that arrive during a write are batched into the next write.
final class FileMessageJournal: MessageJournal, Component {
    private struct Job: Sendable {
        let changes: [ItemChange]
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State: Sendable {
        var isOpen = false
        var isBusy = false
        var jobs: [Job] = []
        /// Resumed when all changes are written.
        var onIdle: CheckedContinuation<Bool, Never>?
    }

    private let storage: JournaledFileStorage
    private let state = Locked(State())

    init(_ storage: JournaledFileStorage) { self.storage = storage }

    /// - Throws: errors of ``JournaledFileStorage/load(_:key:)``.
    func load(_ context: Context) async throws -> [JournaledMessage] {
        let stored = try await storage.load(context) { item, position in
            guard let id = item["id"]?.string, Self.parse(id) != nil else {
                throw ApplicationError.file(
                    code: "READ_FAILED",
                    "Item \(position) of the queue's file has no 'id' as a queue writes it: the number of a message",
                    traceId: context.traceId, details: ["item": .integer(Int64(position))])
            }
            return .string(id)
        }
        state.withLock { $0.isOpen = true }
        return Self.messages(stored.items.map(\.item))
    }

    func append(_ context: Context, _ changes: [MessageChange]) async throws {
        let changes = changes.flatMap(Self.itemChanges)
        guard !changes.isEmpty else { return }
        try storage.check(changes)
        try await withCheckedThrowingContinuation { continuation in
            guard !add(Job(changes: changes, continuation: continuation)) else { return }
            continuation.resume(
                throwing: ApplicationError.invalidState(
                    code: "NOT_OPENED", "The file of the queue is not open", traceId: context.traceId))
        }
    }

    /// - Throws: errors of ``JournaledFileStorage/close(_:)``.
    func close(_ context: Context) async throws {
        let isLast = await withCheckedContinuation { continuation in
            let (wasOpen, isIdle) = state.withLock { state in
                defer { state.isOpen = false }
                guard state.isOpen, state.isBusy else { return (state.isOpen, true) }
                state.onIdle = continuation
                return (true, false)
            }
            if isIdle { continuation.resume(returning: wasOpen) }
        }
        guard isLast else { return }
        try await storage.close(context)
    }

    // MARK: - Internal

    private static let deliveries = ".deliveries"

    private func add(_ job: Job) -> Bool {
        let (isAdded, isFirst) = state.withLock { state in
            guard state.isOpen else { return (false, false) }
            state.jobs.append(job)
            defer { state.isBusy = true }
            return (true, !state.isBusy)
        }
        // Detached, because cancellation of one caller must not affect the changes of others.
        if isFirst { Task.detached(priority: .high) { await self.work() } }
        return isAdded
    }

    private func work() async {
        while let jobs = takeJobs() {
            do {
                try await storage.append(.empty, jobs.flatMap(\.changes))
                for job in jobs { job.continuation.resume() }
            } catch {
                for job in jobs { job.continuation.resume(throwing: error) }
            }
        }
    }

    /// Removes and returns the pending changes; nil if there are none.
    private func takeJobs() -> [Job]? {
        let (jobs, onIdle) = state.withLock { state -> ([Job], CheckedContinuation<Bool, Never>?) in
            let jobs = state.jobs
            state.jobs = []
            guard jobs.isEmpty else { return (jobs, nil) }
            state.isBusy = false
            defer { state.onIdle = nil }
            return ([], state.onIdle)
        }
        onIdle?.resume(returning: true)
        return jobs.isEmpty ? nil : jobs
    }

    /// Returns the file changes for a queue change. The delivery count is a separate item, so that receiving a message
    /// does not rewrite it.
    private static func itemChanges(_ change: MessageChange) -> [ItemChange] {
        switch change {
        case .put(let message):
            let key = String(message.number)
            let put = ItemChange.put(key: .string(key), item: .map(item(message)))
            // A dead letter contains the delivery count itself.
            return message.failure == nil ? [put] : [put, .delete(key: .string(key + deliveries))]
        case .delivered(let number, let count):
            let key = AnyValue.string(String(number) + deliveries)
            return [.put(key: key, item: ["id": key, "deliveries": .integer(Int64(count))])]
        case .remove(let number):
            return [.delete(key: .string(String(number))), .delete(key: .string(String(number) + deliveries))]
        }
    }

    /// Parses the message number in an item id, and whether the item is a delivery count. Nil for ids that a queue does
    /// not write, such as a number with a sign, which would duplicate another id.
    private static func parse(_ id: String) -> (number: Int64, isCount: Bool)? {
        let parts = id.divided(atFirst: ".")
        let digits = parts.map { String($0.before) } ?? id
        guard parts?.after.isSame(as: "deliveries") ?? true, let number = Int64(digits),
            (1...maxNumber).contains(number), String(number).isSame(as: digits)
        else { return nil }
        return (number, parts != nil)
    }

    /// Larger than the number of messages that a file can contain, so that later numbers do not overflow.
    private static let maxNumber: Int64 = 1 << 62

    private static func count(_ item: AnyValue) -> Int {
        guard case .integer(let count)? = item["deliveries"] else { return 0 }
        return Int(min(max(0, count), 1_000_000))
    }

    private static func item(_ message: JournaledMessage) -> AnyValueMap {
        var item: AnyValueMap = ["id": .string(String(message.number))]
        item.append(message.message.toJSON())
        if let failure = message.failure {
            item["deliveries"] = .integer(Int64(message.message.deliveryCount))
            item["failed"] = .date(failure.time)
            // Error descriptions can always be encoded.
            item["error"] = (try? AnyValue(encoding: failure.error)) ?? .null
        }
        return item
    }

    private static func messages(_ items: [AnyValue]) -> [JournaledMessage] {
        var counts: [Int64: Int] = [:]
        for item in items {
            guard let id = item["id"]?.string.flatMap({ Self.parse($0) }), id.isCount else { continue }
            counts[id.number] = count(item)
        }
        return items.compactMap { item in
            guard let id = item["id"]?.string.flatMap({ Self.parse($0) }), !id.isCount else { return nil }
            let number = id.number
            var message: MessageEnvelope
            do throws(ApplicationError) {
                message = try MessageEnvelope(item)
            } catch {
                message = MessageEnvelope(.empty, nil, JSONWriter.bytes(of: item))
                message.defect = ErrorDescription(error)
            }
            message.deliveryCount = counts[number] ?? 0
            guard let error = item["error"].flatMap({ ErrorDescription($0) }) else {
                return JournaledMessage(number: number, message: message)
            }
            message.deliveryCount = count(item)
            let time = item["failed"]?.string.flatMap { ISODate.parse($0) } ?? message.sentTime
            return JournaledMessage(
                number: number, message: message,
                failure: JournaledMessage.Failure(error: error, time: time ?? Date(timeIntervalSince1970: 0)))
        }
    }
}
