#if PIP_AWS && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What several callers do at the same time is joined to batches.
@Suite struct SQSBatcherTests {
    @Test("Entries that arrive while a request is in flight form the next request") func batcher() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let batches = Locked<[[Int]]>([])
        let batcher = SQSBatcher<Int>(parallel: 1) { $0 == 7 ? SQSEntry.maxSize : 1 }
        @Sendable func add(_ number: Int) -> Task<String?, Never> {
            Task {
                await DriverFixture.code {
                    try await batcher.add(.empty, number, clock: SystemClock()) { entries in
                        batches.withLock { $0.append(entries) }
                        if entries == [0] { for await _ in gate {} }
                        return entries.map { entry in
                            entry == 3 ? .failure(ApplicationError.conflict(code: "THREE", "no")) : .success(())
                        }
                    }
                }
            }
        }
        var tasks = [add(0)]
        try await waitUntil(within: .seconds(60)) { batches.withLock { $0.count == 1 } }
        for number in 1...12 {
            tasks.append(add(number))
            try await waitUntil(within: .seconds(60)) { batcher.pendingCount == number }
        }
        open.finish()
        var codes: [String?] = []
        for task in tasks { codes.append(await task.value) }
        #expect(codes == (0...12).map { $0 == 3 ? "THREE" : nil })
        // No more than ten entries, and no more bytes than SQS accepts.
        #expect(batches.current == [[0], [1, 2, 3, 4, 5, 6], [7], [8, 9, 10, 11, 12]])
    }

    @Test("Only the failed entry of a batch fails or is retried") func partialBatch() async {
        let clock = VirtualClock()
        let requests = Locked<[[String]]>([])
        let batch = SQSBatch(
            operation: "SendMessageBatch", policy: RetryPolicy(retries: 2, delay: .zero), clock: clock,
            random: SystemRandom())
        let entries = ["fine", "refused", "busy", "never", "lost"].map { AnyValueMap([("Name", AnyValue.string($0))]) }
        let results = await batch.send(entries, url: "u") { _, input in
            let sent = (input["Entries"]?.array ?? []).compactMap { entry -> (name: String, id: AnyValue)? in
                entry["Name"]?.string.map { ($0, entry["Id"] ?? .null) }
            }
            let count = requests.withLock { requests in
                requests.append(sent.map(\.name))
                return requests.count
            }
            var (done, failed): ([AnyValue], [AnyValue]) = ([], [])
            for (name, id) in sent {
                switch name {
                case "refused": failed.append(["Id": id, "SenderFault": true, "Code": "Bad", "Message": "no"])
                case "busy" where count < 3, "never":
                    failed.append(["Id": id, "SenderFault": false, "Code": "InternalError"])
                // A response that says nothing of an entry.
                case "lost": break
                default: done.append(["Id": id])
                }
            }
            return ["Successful": .array(done), "Failed": .array(failed)]
        }
        let codes = results.map { result -> String? in
            if case .failure(let error) = result { return (error as? ApplicationError)?.code }
            return nil
        }
        #expect(codes == [nil, "REFUSED", nil, "UNAVAILABLE", HTTPFailure.badResponse])
        #expect(
            requests.current == [
                ["fine", "refused", "busy", "never", "lost"], ["busy", "never", "lost"], ["busy", "never", "lost"],
            ])
    }

    /// A batcher whose first request is on its way until the test ends it.
    private final class Held: Sendable {
        let batcher = SQSBatcher<Int>(parallel: 1) { _ in 1 }
        let batches = Locked<[[Int]]>([])
        private let (gate, open) = AsyncStream<Void>.makeStream()

        func add(_ context: Context, _ number: Int, clock: any ClockSource = SystemClock()) -> Task<String?, Never> {
            Task {
                await DriverFixture.code {
                    try await self.batcher.add(context, number, clock: clock) { entries in
                        self.batches.withLock { $0.append(entries) }
                        if entries.contains(0) { for await _ in self.gate {} }
                        return entries.map { _ in .success(()) }
                    }
                }
            }
        }

        func begin(_ context: Context = .empty, clock: any ClockSource = SystemClock()) async throws -> Task<
            String?, Never
        > {
            let first = add(context, 0, clock: clock)
            try await waitUntil(within: .seconds(30)) { self.batches.withLock { $0.count == 1 } }
            return first
        }

        func end() { open.finish() }
    }

    /// The code with which a task ends; fails if it does not.
    private func code(of task: Task<String?, Never>) async throws -> String? {
        let code = Locked<String??>(nil)
        Task {
            let value = await task.value
            code.withLock { $0 = .some(value) }
        }
        try await waitUntil(within: .seconds(30)) { code.withLock { $0 != nil } }
        return code.current ?? nil
    }

    @Test("A deadline ends the wait for a request in flight, which continues for the others") func deadline()
        async throws
    {
        let (held, clock) = (Held(), VirtualClock())
        let first = try await held.begin(Context(deadline: clock.uptime + .seconds(5)), clock: clock)
        let second = held.add(Context(deadline: clock.uptime + .seconds(3)), 1, clock: clock)
        try await waitUntil(within: .seconds(30)) { held.batcher.pendingCount == 1 && clock.sleeperCount == 2 }
        let third = held.add(.empty, 2)
        try await waitUntil(within: .seconds(30)) { held.batcher.pendingCount == 2 }
        clock.advance(by: .seconds(3))
        // No request has it: it is not sent any more.
        #expect(try await code(of: second) == HTTPFailure.timeout)
        #expect(held.batcher.pendingCount == 1)
        clock.advance(by: .seconds(2))
        #expect(try await code(of: first) == HTTPFailure.timeout)
        held.end()
        #expect(try await code(of: third) == nil)
        #expect(held.batches.current == [[0], [2]])
        let late = held.add(Context(deadline: clock.uptime), 3, clock: clock)
        #expect(try await code(of: late) == HTTPFailure.timeout)
        #expect(held.batches.current == [[0], [2]])
    }

    @Test("A cancellation ends the wait, and an entry that is not part of a request is dropped") func cancellation()
        async throws
    {
        let held = Held()
        let first = try await held.begin()
        let second = held.add(.empty, 1)
        try await waitUntil(within: .seconds(30)) { held.batcher.pendingCount == 1 }
        for task in [first, second] {
            task.cancel()
            #expect(try await code(of: task) == "CANCELLED")
        }
        #expect(held.batcher.pendingCount == 0)
        held.end()
    }
}
#endif
