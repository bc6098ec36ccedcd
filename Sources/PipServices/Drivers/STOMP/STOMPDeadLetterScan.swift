#if PIP_ACTIVEMQ
/// Reads the dead letters of a queue, in order, on a connection of its own: whatever is not acknowledged then goes back
/// to its place when the connection ends.
///
/// A marker that is sent behind them tells where they end.
final class STOMPDeadLetterScan: Sendable {
    private struct State: Sendable {
        var receiver: STOMPReceiver?
        var kept: [DeadLetter] = []
    }

    private let client: STOMPClient
    private let frames: STOMPFrames
    private let destination: String
    /// How many dead letters are kept.
    private let limit: Int
    private let clock: any ClockSource
    private let state = Locked(State())

    private static let marker = "x-marker"
    /// How long the marker of a process that died stays.
    private static let markerLife = Duration.seconds(60)

    init(client: STOMPClient, frames: STOMPFrames, destination: String, limit: Int, clock: any ClockSource) {
        self.client = client
        self.frames = frames
        self.destination = destination
        self.limit = max(1, limit)
        self.clock = clock
    }

    /// The dead letters that the last reading kept.
    var kept: [DeadLetter] { state.withLock { $0.kept } }

    func run<Result: Sendable>(
        _ context: Context, _ body: (STOMPDeadLetterScan) async throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await body(self)
        } catch {
            await closeReceiver()
            throw error
        }
        await closeReceiver()
        return result
    }

    /// Reads all dead letters, and removes the oldest beyond the limit.
    ///
    /// - Parameter count: how many are kept for ``kept``.
    /// - Returns: true if some were removed.
    func read(keeping count: Int) async throws -> Bool {
        var (seen, kept): ([STOMPHeaders], [DeadLetter]) = ([], [])
        var removed = 0
        try await forEach(bodies: 0..<count) { frame, engine, link in
            seen.append(frame.headers)
            if kept.count < count { kept.append(STOMPEnvelope.deadLetter(frame, frames.broker)) }
            guard seen.count > limit else { return }
            try await end([[frames.acknowledge(seen.removeFirst())]], engine, link)
            removed += 1
        }
        state.withLock { $0.kept = kept }
        return removed > 0
    }

    /// Takes dead letters out.
    ///
    /// - Parameters:
    ///   - ids: those of their messages; nil for all.
    ///   - groups: the frames that end a dead letter.
    /// - Returns: how many there were.
    func take(ids: [String]?, _ groups: (STOMPFrame) -> [[STOMPFrame]]) async throws -> Int {
        let wanted = ids.map { Set($0.map { ScalarText($0) }) }
        var count = 0
        try await forEach(bodies: 0..<Int.max) { frame, engine, link in
            let id = STOMPEnvelope.envelope(frame, frames.broker).messageId
            guard wanted?.contains(ScalarText(id)) ?? true else { return }
            try await end(groups(frame), engine, link)
            count += 1
        }
        return count
    }

    // MARK: - Internal

    private typealias Letter = (frame: STOMPFrame, link: Int)

    /// Calls `body` for each dead letter.
    /// - Parameter bodies: the positions of the dead letters whose payloads are needed.
    private func forEach(
        bodies: Range<Int>, _ body: (STOMPFrame, STOMPEngine, Int) async throws -> Void
    ) async throws {
        await closeReceiver()
        let context = Context.empty
        let id = IdGenerator.nextLong()
        let (name, value) = frames.broker.expiry(
            after: Self.markerLife, nowMilliseconds: STOMPEnvelope.milliseconds(clock.now))
        let target = STOMPRoute.Target(destination: destination)
        let markerFrame = frames.send(target, [Self.marker: id, name: value], nil)
        try await client.send(context, [markerFrame], "read dead letters")
        let receiver = try await client.openReceiver(context, "dead letters")
        state.withLock { $0.receiver = receiver }
        let (letters, feed) = AsyncStream<Letter?>.makeStream()
        let position = Locked(0)
        let listener = STOMPListener(
            onMessage: { frame, link in
                var frame = frame
                // Those of others stay where they are, and expire.
                if let marker = frame.headers[Self.marker], !marker.isSame(as: id) { return true }
                let number = position.withLock { position in
                    defer { position += 1 }
                    return position
                }
                if !bodies.contains(number) { frame.body = [] }
                feed.yield((frame, link))
                return true
            },
            onLoss: { feed.yield(nil) })
        var headers = frames.broker.exclusive
        headers["destination"] = destination
        let subscription = frames.subscribe(headers, prefetch: 2 * limit + 100)
        let outcome = await receiver.engine.subscribe(subscription, deadline: nil, listener)
        if case .failure(let failure) = outcome {
            throw failure.error(context, frames.broker.name, "read dead letters")
        }
        let timeout = Task { [clock, limit = receiver.engine.options.callTimeout] in
            try await clock.sleep(for: limit.asSleep)
            feed.yield(nil)
        }
        defer { timeout.cancel() }
        for await letter in letters {
            guard let (frame, link) = letter else { break }
            if frame.headers[Self.marker] != nil {
                return try await end([[frames.acknowledge(frame.headers)]], receiver.engine, link)
            }
            try await body(frame, receiver.engine, link)
        }
        try Task.checkCancellation()
        throw STOMPFailure.noAnswer.error(context, frames.broker.name, "read dead letters")
    }

    private func end(_ groups: [[STOMPFrame]], _ engine: STOMPEngine, _ link: Int) async throws {
        for group in groups {
            if case .failure(let failure) = await engine.call(group, link: link, deadline: nil) {
                throw failure.error(.empty, frames.broker.name, "settle a dead letter")
            }
        }
    }

    private func closeReceiver() async {
        let receiver = state.withLock { state in
            defer { state.receiver = nil }
            return state.receiver
        }
        if let receiver { await client.closeReceiver(receiver) }
    }
}
#endif
