#if PIP_AWS
/// Combines entries of concurrent callers into requests of up to ten entries. A single caller does not wait for others.
final class SQSBatcher<Entry: Sendable>: Sendable {
    private struct Pending: Sendable {
        let id: Int
        let entry: Entry
    }

    private struct State: Sendable {
        var lastId = 0
        /// The entries that are not part of a request yet.
        var pending: [Pending] = []
        /// The waiting callers by entry number.
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var running = 0
    }

    private let state = Locked(State())
    private let parallel: Int
    private let size: @Sendable (Entry) -> Int
    private static var limit: Int { 10 }

    /// - Parameters:
    ///   - parallel: the maximum number of concurrent requests.
    ///   - size: the size of an entry, in bytes.
    init(parallel: Int, size: @escaping @Sendable (Entry) -> Int) {
        self.parallel = parallel
        self.size = size
    }

    /// Waits until an entry was executed, at most until the deadline of the context. At the deadline, or if the task is
    /// cancelled, an entry that is not part of a request yet is dropped; a request in flight continues.
    /// - Parameter send: executes a batch and returns a result for each entry.
    /// - Throws: the error of the entry; NoResponse `TIMEOUT`; `CancellationError`.
    func add(
        _ context: Context, _ entry: Entry, clock: any ClockSource,
        _ send: @escaping @Sendable ([Entry]) async -> [Result<Void, any Error>]
    ) async throws {
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        let timer = context.deadline.map { deadline in
            Task { [self] in
                guard (try? await clock.sleep(for: (deadline - clock.uptime).asSleep)) != nil else { return }
                abandon(id, Self.late(context))
            }
        }
        defer { timer?.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (error, mustStart) = state.withLock { state -> ((any Error)?, Bool) in
                    // Checked under the lock, so that a later cancellation finds the entry.
                    if Task.isCancelled { return (CancellationError(), false) }
                    if let deadline = context.deadline, clock.uptime >= deadline { return (Self.late(context), false) }
                    state.pending.append(Pending(id: id, entry: entry))
                    state.waiting[id] = continuation
                    guard state.running < parallel else { return (nil, false) }
                    state.running += 1
                    return (nil, true)
                }
                if let error { continuation.resume(throwing: error) }
                // Detached, because a batch belongs to several callers.
                if mustStart { Task.detached { [self] in await run(send) } }
            }
        } onCancel: {
            abandon(id, CancellationError())
        }
    }

    // MARK: - Internal

    /// The number of entries waiting for a request, for tests.
    var pendingCount: Int { state.withLock { $0.pending.count } }

    private func abandon(_ id: Int, _ error: any Error) {
        let waiter = state.withLock { state in
            state.pending.removeAll { $0.id == id }
            return state.waiting.removeValue(forKey: id)
        }
        waiter?.resume(throwing: error)
    }

    private func run(_ send: @Sendable ([Entry]) async -> [Result<Void, any Error>]) async {
        while let batch = take() {
            let results = await send(batch.map(\.entry))
            for (index, pending) in batch.enumerated() {
                let waiter = state.withLock { $0.waiting.removeValue(forKey: pending.id) }
                waiter?.resume(with: index < results.count ? results[index] : .failure(Self.missing))
            }
        }
    }

    private static var missing: ApplicationError {
        .connection(code: HTTPFailure.badResponse, "AWS sqs returned no result of an entry")
    }

    private static func late(_ context: Context) -> ApplicationError {
        .connection(
            code: HTTPFailure.timeout, "AWS sqs has not answered by the deadline of the call", traceId: context.traceId)
    }

    /// Removes and returns the next batch; nil if there is none, which ends the run.
    private func take() -> [Pending]? {
        state.withLock { state in
            var (count, total) = (0, 0)
            for pending in state.pending.prefix(Self.limit) {
                total += size(pending.entry)
                guard count == 0 || total <= SQSEntry.maxSize else { break }
                count += 1
            }
            guard count > 0 else {
                state.running -= 1
                return nil
            }
            defer { state.pending.removeFirst(count) }
            return Array(state.pending.prefix(count))
        }
    }
}

/// A batch request, whose entries succeed or fail individually.
struct SQSBatch: Sendable {
    let operation: String
    let policy: RetryPolicy
    let clock: any ClockSource
    let random: any RandomSource

    /// Sends entries. Entries that failed because of the service are retried.
    func send(
        _ entries: [AnyValueMap], url: String,
        _ call: @Sendable (String, AnyValueMap) async throws -> AnyValue
    ) async -> [Result<Void, any Error>] {
        var results = [Result<Void, any Error>?](repeating: nil, count: entries.count)
        for attempt in 0...policy.retries {
            let open = results.indices.filter { results[$0] == nil }
            guard !open.isEmpty else { break }
            if attempt > 0 { try? await clock.sleep(for: policy.pause(before: attempt - 1, random)) }
            let list = open.map { index -> AnyValue in
                var entry = entries[index]
                entry["Id"] = .string("\(index)")
                return .map(entry)
            }
            do {
                let response = try await call(operation, ["QueueUrl": .string(url), "Entries": .array(list)])
                read(response, isLast: attempt == policy.retries, &results)
            } catch let error as ApplicationError where Self.isTooLong(error) && open.count > 1 {
                for index in open {
                    results[index] = await send([entries[index]], url: url, call).first
                }
            } catch {
                for index in open { results[index] = .failure(error) }
            }
        }
        return results.map { $0 ?? .failure(Self.noResult(operation)) }
    }

    // MARK: - Internal

    private static func isTooLong(_ error: ApplicationError) -> Bool {
        error.awsCode?.ends(with: "BatchRequestTooLong") == true
    }

    private static func noResult(_ operation: String) -> ApplicationError {
        .connection(code: HTTPFailure.badResponse, "AWS sqs returned no result of an entry of \(operation)")
    }

    private func read(_ response: AnyValue, isLast: Bool, _ results: inout [Result<Void, any Error>?]) {
        for done in response["Successful"]?.array ?? [] {
            if let index = Self.index(done, results.count) { results[index] = .success(()) }
        }
        for failed in response["Failed"]?.array ?? [] {
            guard let index = Self.index(failed, results.count) else { continue }
            let isOfSender = failed["SenderFault"]?.getAsBoolean() ?? true
            guard isOfSender || isLast else { continue }
            let code = failed["Code"]?.string ?? "Unknown"
            results[index] = .failure(
                ApplicationError.invocation(
                    code: isOfSender ? "REFUSED" : "UNAVAILABLE",
                    "AWS sqs refused an entry of \(operation): \(code): \(failed["Message"]?.string?.shortened ?? "")",
                    details: [AWSFailure.codeDetail: .string(code), "operation": .string(operation)]))
        }
    }

    private static func index(_ value: AnyValue, _ count: Int) -> Int? {
        guard let index = value["Id"]?.string.flatMap({ Int($0) }), (0..<count).contains(index) else { return nil }
        return index
    }
}
#endif
