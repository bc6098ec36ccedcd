/// A bounded stretch of bytes between a thread, which never waits here, and a task, which does.
///
/// One side writes and one reads. A thread whose side can't go on is called back as soon as it can.
final class HTTPBodyPipe: Sendable {
    /// What a thread finds.
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
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// How many bytes it holds before its writer has to wait.
    private static let capacity = 262_144
    private let state = Locked(State())
    private let wakeThread: @Sendable () -> Void

    /// - Parameter wakeThread: is called when the thread's side can go on.
    init(wakeThread: @escaping @Sendable () -> Void) { self.wakeThread = wakeThread }

    // MARK: - For the thread

    /// Takes bytes, or none of them: then the thread is called back.
    func tryWrite(_ bytes: [UInt8]) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard state.pieces.count < Self.capacity || state.end != nil else {
                state.isThreadWaiting = true
                return (false, nil)
            }
            if state.end == nil { state.pieces.append(bytes) }
            return (true, state.waiter.take())
        }
        waiter?.resume()
        return isTaken
    }

    /// Gives up to `limit` bytes. When there is nothing yet the thread is called back.
    func tryRead(upTo limit: Int) -> Reading {
        let (reading, waiter) = state.withLock { state -> (Reading, CheckedContinuation<Void, Never>?) in
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
        waiter?.resume()
        return reading
    }

    // MARK: - For the task

    /// The next piece, nil at the end.
    /// - Throws: what it was finished with; `CancellationError`.
    func read() async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (reading, wakes) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                guard let piece = state.pieces.take(upTo: .max) else { return (state.end?.map { nil }, false) }
                // At half, so that the thread is not called for every piece.
                let hasRoom = state.pieces.count < Self.capacity / 2
                guard state.isThreadWaiting, hasRoom else { return (.success(piece), false) }
                state.isThreadWaiting = false
                return (.success(piece), true)
            }
            if wakes { wakeThread() }
            if let reading { return try reading.get() }
            await wait { $0.pieces.count == 0 && $0.end == nil }
        }
    }

    /// Hands a piece over when there is room.
    /// - Throws: what it was finished with by the other side; `CancellationError`.
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
            await wait { $0.pieces.count >= Self.capacity && $0.end == nil }
        }
    }

    // MARK: - For both

    /// What it was finished with, if that was an error.
    var failure: (any Error)? {
        state.withLock { state in
            if case .failure(let error) = state.end { error } else { nil }
        }
    }

    /// Ends it. Only the first end counts.
    func finish(_ error: (any Error)? = nil) {
        let (waiter, wakes) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            defer { state.isThreadWaiting = false }
            return (state.waiter.take(), state.isThreadWaiting)
        }
        waiter?.resume()
        if wakes { wakeThread() }
    }

    // MARK: - Internal

    private func wait(while isBlocked: @Sendable (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    guard isBlocked(state), !Task.isCancelled else { return continuation }
                    // A second reader is a mistake of the user's; it must not be left waiting.
                    defer { state.waiter = continuation }
                    return state.waiter
                }
                now?.resume()
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}

extension Optional {
    /// The value, which is then gone.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
