#if PIP_HTTP
internal import NIOCore

/// A deadline on an event loop that is moved often and seldom passes.
///
/// Every request ends one wait and begins another. Setting and cancelling a timer each time costs more than many a request
/// itself: here the timer stays, and when it fires looks whether the time has come. It is for that event loop alone.
final class MovingDeadline<Reason> {
    private let passed: (Reason) -> Void
    private var waiting: (reason: Reason, end: NIODeadline)?
    private var timer: (task: Scheduled<Void>, end: NIODeadline)?

    /// Creates a deadline that isn't set.
    /// - Parameter passed: called with the last reason when its time is over.
    init(passed: @escaping (Reason) -> Void) {
        self.passed = passed
    }

    /// Sets the deadline, in place of what was set before.
    func set(_ reason: Reason, in time: TimeAmount, on eventLoop: any EventLoop) {
        let end = NIODeadline.now() + time
        waiting = (reason, end)
        if let timer {
            if timer.end <= end { return }
            timer.task.cancel()
        }
        setTimer(end, eventLoop)
    }

    /// Nothing is waited for, and soon something will be: the timer stays.
    func clear() { waiting = nil }

    /// Nothing is waited for any more.
    func cancel() {
        waiting = nil
        timer?.task.cancel()
        timer = nil
    }

    // MARK: - Internal

    private func setTimer(_ end: NIODeadline, _ eventLoop: any EventLoop) {
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: end) { [self] in
            timer = nil
            guard let (reason, end) = waiting else { return }
            guard end <= NIODeadline.now() else {
                setTimer(end, eventLoop)
                return
            }
            waiting = nil
            passed(reason)
        }
        timer = (task, end)
    }
}
#endif
