internal import DequeModule
import Glibc

/// The output queue of standard output or standard error.
///
/// ``write(_:format:)`` never blocks: a thread writes whole lines in order. The queue has a memory limit. If it is
/// full, lines are dropped until it is half empty; one line then reports how many.
final class ConsoleOutput: Sendable {
    static let standardOutput = ConsoleOutput(STDOUT_FILENO)
    /// The same as ``standardOutput`` if both descriptors lead to the same file, so that the lines stay in order.
    static let standardError =
        isSameFile(STDOUT_FILENO, STDERR_FILENO) ? standardOutput : ConsoleOutput(STDERR_FILENO)

    private let descriptor: Int32
    private let limit: Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - descriptor: the output; the caller keeps it open.
    ///   - limit: the maximum size of the queue in bytes. A longer line is accepted if the queue is empty.
    init(_ descriptor: Int32, limit: Int = 4_194_304) {
        self.descriptor = descriptor
        self.limit = limit
    }

    deinit { state.withLock { $0.wakeup }?.wake() }

    /// Adds a line that ends in a newline, or drops and counts it.
    ///
    /// - Parameter format: the format of the line, which is also used to report dropped lines.
    func write(_ line: String, format: LogFormat) {
        let sleeper = state.withLock { state -> Wakeup? in
            state.format = format
            guard start(&state) else {
                state.lostCount += 1
                return nil
            }
            guard state.accept(line, limit: limit), state.isWaiting else { return nil }
            state.isWaiting = false
            return state.wakeup
        }
        sleeper?.wake()
    }

    /// True if every line was written or dropped.
    var isIdle: Bool { state.withLock { $0.wakeup == nil || $0.isWaiting } }

    /// Waits until all lines of the process are written, for at most `time`. Blocks the calling thread; call it only
    /// when the process ends.
    static func flush(within time: Duration) {
        let deadline = SystemClock().uptime + time
        for output in [standardOutput, standardError] { output.flush(until: deadline) }
    }

    /// Waits until all lines are written. Blocks the calling thread.
    ///
    /// - Parameter deadline: the end of the wait, on the system clock's `uptime`.
    func flush(until deadline: Duration) {
        while !isIdle, SystemClock().uptime < deadline { poll(nil, 0, 1) }
    }

    /// Registers an exit handler that waits at most one second for the last lines.
    static func flushAtExit() { _ = exitHandler }

    // MARK: - Internal

    private static let exitHandler = atexit { ConsoleOutput.flush(within: .seconds(1)) }

    /// A pipe accepts this many bytes atomically, so that lines of other processes do not interleave.
    private static let pieceSize = 4096

    fileprivate struct State {
        var lines = Deque<Line>()
        /// The number of queued bytes, including those being written.
        var byteCount = 0
        var lostCount = 0
        /// True from the first dropped line until the queue is half empty.
        var isDropping = false
        /// True while the descriptor accepts nothing: a report would be dropped too.
        var isBroken = false
        var format = LogFormat.text
        /// Wakes the thread; nil until the first line.
        var wakeup: Wakeup?
        /// True while the thread is idle.
        var isWaiting = false
    }

    fileprivate struct Line {
        var text: String
        /// The number of dropped lines that this line reports.
        var reportedCount = 0
    }

    /// Whole lines that are written in one call.
    fileprivate struct Piece {
        var bytes: [UInt8] = []
        /// The offset of the end of each line, and the number of dropped lines that the line reports.
        var lines: [(end: Int, lossCount: Int)] = []
        var byteCount: Int { lines.last?.end ?? 0 }
    }

    /// Starts the thread with the first line. Returns false if the system has no threads or descriptors left.
    private func start(_ state: inout State) -> Bool {
        if state.wakeup != nil { return true }
        guard let wakeup = try? Wakeup() else { return false }
        do {
            try OwnThread.start { [weak self] in
                var isMidLine = false
                while self?.writeAll(&isMidLine) != nil { wakeup.wait() }
            }
        } catch { return false }
        state.wakeup = wakeup
        return true
    }

    /// Writes until the queue is empty.
    private func writeAll(_ isMidLine: inout Bool) {
        while let piece = state.withLock({ $0.takePiece(ofAtMost: Self.pieceSize) }) {
            // A line that was truncated by an error must not run into the next line.
            let start = isMidLine ? [UInt8(ascii: "\n")] : []
            let written = write(start + piece.bytes) - start.count
            if written >= 0 { isMidLine = written > 0 && piece.bytes[written - 1] != UInt8(ascii: "\n") }
            state.withLock { $0.finish(piece, written: written) }
        }
    }

    /// Writes bytes and returns how many were written; fewer than all if the descriptor accepts no more.
    private func write(_ bytes: [UInt8]) -> Int {
        var written = 0
        var isRetry = false
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
                isRetry = false
            } else if count < 0, errno == EAGAIN {
                waitForRoom(isRetry: isRetry)
                isRetry = true
            } else if count == 0 || errno != EINTR {
                return written
            }
        }
        return written
    }

    /// Waits until the non-blocking descriptor accepts more.
    private func waitForRoom(isRetry: Bool) {
        // Another process may fill the pipe again: that must not cause a busy loop.
        if isRetry { poll(nil, 0, 10) }
        var target = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&target, 1, 1000)
    }

    private static func isSameFile(_ left: Int32, _ right: Int32) -> Bool {
        var (first, second) = (stat(), stat())
        guard fstat(left, &first) == 0, fstat(right, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}

extension ConsoleOutput.State {
    /// Adds a line if there is space, after the report of dropped lines.
    fileprivate mutating func accept(_ line: String, limit: Int) -> Bool {
        if isDropping, byteCount <= limit / 2 { isDropping = false }
        guard !isDropping, byteCount == 0 || byteCount + line.utf8.count <= limit else {
            isDropping = true
            lostCount += 1
            return false
        }
        if lostCount > 0, !isBroken { append(takeReport()) }
        append(.init(text: line))
        return true
    }

    /// Returns the next lines to write; nil if the queue is empty.
    fileprivate mutating func takePiece(ofAtMost size: Int) -> ConsoleOutput.Piece? {
        if lines.isEmpty, lostCount > 0, !isBroken { append(takeReport()) }
        var piece = ConsoleOutput.Piece()
        while let line = lines.first, piece.lines.isEmpty || piece.byteCount + line.text.utf8.count <= size {
            lines.removeFirst()
            piece.bytes.append(contentsOf: line.text.utf8)
            piece.lines.append((piece.bytes.count, max(1, line.reportedCount)))
        }
        isWaiting = piece.lines.isEmpty
        return isWaiting ? nil : piece
    }

    /// Counts the lines that were not written completely.
    ///
    /// - Parameter written: the number of bytes written.
    fileprivate mutating func finish(_ piece: ConsoleOutput.Piece, written: Int) {
        byteCount -= piece.byteCount
        isBroken = written < piece.byteCount
        for line in piece.lines where line.end > written { lostCount += line.lossCount }
    }

    private mutating func append(_ line: ConsoleOutput.Line) {
        byteCount += line.text.utf8.count
        lines.append(line)
    }

    private mutating func takeReport() -> ConsoleOutput.Line {
        defer { lostCount = 0 }
        let text = ConsoleLogger.lossReport(lostCount, format: format)
        return .init(text: text, reportedCount: lostCount)
    }
}
