/// A bounded byte buffer between a thread and a task. One writes while the other reads.
///
/// The task suspends until there is space or data. The thread never waits; a callback tells it to continue.
final class HTTPBodyPipe: Sendable {
    /// The result of a read by the thread.
    enum Reading {
        case bytes([UInt8])
        case nothingYet
        case end
        case failed
    }

    private struct State: Sendable {
        var pieces = HTTPBodyPieces()
        var end: Result<Void, any Error>?
        var isThreadWaiting = false
        /// Resumed with false if another task replaces it.
        var waiter: CheckedContinuation<Bool, Never>?
    }

    /// The writer waits while the buffer holds this many bytes.
    private static let capacity = 262_144
    private let state = Locked(State())
    private let wakeThread: @Sendable () -> Void

    /// - Parameter wakeThread: called when the thread can continue.
    init(wakeThread: @escaping @Sendable () -> Void) { self.wakeThread = wakeThread }

    // MARK: - For the thread

    /// Appends bytes. If the buffer is full, returns false; `wakeThread` is called later.
    func tryWrite(_ bytes: [UInt8]) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Bool, Never>?) in
            guard state.pieces.count < Self.capacity || state.end != nil else {
                state.isThreadWaiting = true
                return (false, nil)
            }
            if state.end == nil { state.pieces.append(bytes) }
            return (true, state.waiter.take())
        }
        waiter?.resume(returning: true)
        return isTaken
    }

    /// Returns up to `limit` bytes. If there are none yet, `wakeThread` is called later.
    func tryRead(upTo limit: Int) -> Reading {
        let (reading, waiter) = state.withLock { state -> (Reading, CheckedContinuation<Bool, Never>?) in
            guard let bytes = state.pieces.take(upTo: limit) else {
                switch state.end {
                case .success: return (.end, nil)
                case .failure: return (.failed, nil)
                case nil:
                    state.isThreadWaiting = true
                    return (.nothingYet, nil)
                }
            }
            return (.bytes(bytes), state.waiter.take())
        }
        waiter?.resume(returning: true)
        return reading
    }

    // MARK: - For the task

    /// Returns the next chunk, nil at the end.
    /// - Throws: the error of ``finish(_:)``; `CancellationError`.
    func read() async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (reading, wakes) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                guard let piece = state.pieces.take(upTo: .max) else { return (state.end?.map { nil }, false) }
                // Not before the buffer is half empty: waking for each chunk is expensive.
                let hasRoom = state.pieces.count < Self.capacity / 2
                guard state.isThreadWaiting, hasRoom else { return (.success(piece), false) }
                state.isThreadWaiting = false
                return (.success(piece), true)
            }
            if wakes { wakeThread() }
            if let reading { return try reading.get() }
            try await wait { $0.pieces.count == 0 && $0.end == nil }
        }
    }

    /// Appends a chunk as soon as there is space.
    /// - Throws: the error of ``finish(_:)``; `CancellationError`.
    func write(_ piece: [UInt8]) async throws {
        guard !piece.isEmpty else { return }
        while true {
            try Task.checkCancellation()
            let (result, wakes) = state.withLock { state -> (Result<Bool, any Error>, Bool) in
                if case .failure(let error) = state.end { return (.failure(error), false) }
                guard state.end == nil else { return (.success(true), false) }
                guard state.pieces.count < Self.capacity else { return (.success(false), false) }
                state.pieces.append(piece)
                defer { state.isThreadWaiting = false }
                return (.success(true), state.isThreadWaiting)
            }
            if wakes { wakeThread() }
            if try result.get() { return }
            try await wait { $0.pieces.count >= Self.capacity && $0.end == nil }
        }
    }

    // MARK: - For both

    /// The error of ``finish(_:)``; nil if there is none.
    var failure: (any Error)? {
        state.withLock { state in
            if case .failure(let error) = state.end { error } else { nil }
        }
    }

    /// Ends the body. Later calls have no effect.
    func finish(_ error: (any Error)? = nil) {
        let (waiter, wakes) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, Bool) in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            defer { state.isThreadWaiting = false }
            return (state.waiter.take(), state.isThreadWaiting)
        }
        waiter?.resume(returning: true)
        if wakes { wakeThread() }
    }

    // MARK: - Internal

    /// - Throws: InvalidState `BODY_IN_USE` if another task is waiting: each side serves only one task.
    private func wait(while isBlocked: @Sendable (State) -> Bool) async throws {
        let isAlone = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isBlocked, displaced) = state.withLock { state -> (Bool, CheckedContinuation<Bool, Never>?) in
                    guard isBlocked(state), !Task.isCancelled else { return (false, nil) }
                    defer { state.waiter = continuation }
                    return (true, state.waiter)
                }
                displaced?.resume(returning: false)
                if !isBlocked { continuation.resume(returning: true) }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume(returning: true)
        }
        if !isAlone {
            throw ApplicationError.invalidState(code: "BODY_IN_USE", "Another task reads or writes the same body")
        }
    }
}

extension Optional {
    /// Returns the value and sets it to nil.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
