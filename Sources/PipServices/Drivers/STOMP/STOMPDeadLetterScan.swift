#if PIP_ACTIVEMQ
/// Reads the dead letters of a queue, in order, on a separate connection. Dead letters that are not acknowledged return
/// to their place when the connection is closed.
///
/// A marker message sent to the queue marks the end of the scan.
final class STOMPDeadLetterScan: Sendable {
    private struct State: Sendable {
        var receiver: STOMPReceiver?
        var kept: [DeadLetter] = []
    }

    private let client: STOMPClient
    private let frames: STOMPFrames
    private let destination: String
    /// The maximum number of dead letters to keep.
    private let limit: Int
    /// The maximum number of unacknowledged messages.
    private let prefetch: Int
    private let clock: any ClockSource
    private let state = Locked(State())

    private static let marker = "x-marker"
    /// The time to live of the marker, in case the process ends before it is removed.
    private static let markerLife = Duration.seconds(60)

    init(client: STOMPClient, frames: STOMPFrames, destination: String, limit: Int, clock: any ClockSource) {
        self.client = client
        self.frames = frames
        self.destination = destination
        self.limit = max(1, limit)
        prefetch = 2 * min(self.limit, 1_000_000) + 100
        self.clock = clock
    }

    /// The dead letters kept by the last ``read(keeping:)``.
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

    /// Reads all dead letters, and removes the oldest ones beyond the limit.
    ///
    /// - Parameter count: the maximum number of dead letters in ``kept``.
    /// - Returns: true if some were removed.
    func read(keeping count: Int) async throws -> Bool {
        var (seen, kept): ([STOMPHeaders], [DeadLetter]) = ([], [])
        var removed = 0
        let isKept: @Sendable (Int, STOMPFrame) -> Bool = { number, _ in number < count }
        try await forEach(hasBody: isKept) { frame, engine, link in
            seen.append(frame.headers)
            if kept.count < count { kept.append(STOMPEnvelope.deadLetter(frame, frames.broker)) }
            guard seen.count > limit else { return }
            try await end([[frames.acknowledge(seen.removeFirst())]], engine, link)
            removed += 1
        }
        state.withLock { $0.kept = kept }
        return removed > 0
    }

    /// Removes dead letters.
    ///
    /// - Parameters:
    ///   - ids: the ids of the messages; nil for all.
    ///   - needsBodies: true if `groups` needs the payloads.
    ///   - groups: returns the frames that remove a dead letter; nil to keep it.
    /// - Returns: the number of removed dead letters.
    func take(
        ids: [String]?, needsBodies: Bool, _ groups: (STOMPFrame) -> [[STOMPFrame]]?
    ) async throws -> Int {
        let ids = ids.map { Set($0.map { ScalarText($0) }) }
        let broker = frames.broker
        let isWanted: @Sendable (STOMPFrame) -> Bool = { frame in
            ids?.contains(ScalarText(STOMPEnvelope.envelope(frame, broker).messageId)) ?? true
        }
        let hasBody: @Sendable (Int, STOMPFrame) -> Bool = { needsBodies && isWanted($1) }
        var count = 0
        try await forEach(hasBody: hasBody) { frame, engine, link in
            guard isWanted(frame), let groups = groups(frame) else { return }
            try await end(groups, engine, link)
            count += 1
        }
        return count
    }

    // MARK: - Internal

    private typealias Letter = (frame: STOMPFrame, link: Int)

    /// Calls `body` for each dead letter.
    /// - Parameter hasBody: returns whether the payload of a dead letter is needed, from its position and frame.
    private func forEach(
        hasBody: @escaping @Sendable (Int, STOMPFrame) -> Bool,
        _ body: (STOMPFrame, STOMPEngine, Int) async throws -> Void
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
        // The broker may send further messages before the receipt of an acknowledgement arrives.
        let (letters, feed) = AsyncStream<Letter>.makeStream(bufferingPolicy: .bufferingOldest(2 * prefetch + 16))
        let position = Locked(0)
        let listener = STOMPListener(
            onMessage: { frame, link in
                var frame = frame
                // Markers of other scans stay in the queue until they expire.
                if let marker = frame.headers[Self.marker], !marker.isSame(as: id) { return true }
                let number = position.withLock { position in
                    defer { position += 1 }
                    return position
                }
                if !hasBody(number, frame) { frame.body = [] }
                guard case .dropped = feed.yield((frame, link)) else { return true }
                feed.finish()
                return false
            },
            onLoss: { feed.finish() })
        var headers = frames.broker.exclusive
        headers["destination"] = destination
        let subscription = frames.subscribe(headers, prefetch: prefetch)
        let outcome = await receiver.engine.subscribe(subscription, deadline: nil, listener)
        if case .failure(let failure) = outcome {
            throw failure.error(context, frames.broker.name, "read dead letters")
        }
        let timeout = Task { [clock, limit = receiver.engine.options.callTimeout] in
            try await clock.sleep(for: limit.asSleep)
            feed.finish()
        }
        defer { timeout.cancel() }
        for await (frame, link) in letters {
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
