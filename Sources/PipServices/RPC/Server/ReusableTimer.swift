#if PIP_HTTP
internal import NIOCore

/// An event loop timer that is set far more often than it fires.
///
/// Each request ends one wait and starts another, and scheduling a task is expensive. The scheduled task therefore
/// remains when the timer is postponed or stopped; when it runs, it reschedules itself for the remaining time. Call all
/// methods on the event loop.
final class ReusableTimer {
    private let eventLoop: any EventLoop
    private let action: () -> Void
    private var deadline: NIODeadline?
    private var scheduled: (task: Scheduled<Void>, time: NIODeadline)?

    /// Creates a timer that is not set.
    /// - Parameter action: runs when the time has passed.
    init(on eventLoop: any EventLoop, _ action: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.action = action
    }

    /// Sets the deadline, replacing an earlier one.
    func set(_ deadline: NIODeadline) {
        self.deadline = deadline
        if let scheduled {
            if scheduled.time <= deadline { return }
            scheduled.task.cancel()
        }
        schedule(deadline)
    }

    /// Sets the deadline relative to now, replacing an earlier one.
    func set(in time: TimeAmount) { set(eventLoop.now + time) }

    /// Stops the timer but keeps its task for reuse.
    func stop() { deadline = nil }

    /// Stops the timer and releases its task.
    func cancel() {
        deadline = nil
        scheduled?.task.cancel()
        scheduled = nil
    }

    // MARK: - Internal

    private func schedule(_ time: NIODeadline) {
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: time) { [self] in
            scheduled = nil
            guard let deadline else { return }
            guard deadline <= eventLoop.now else {
                schedule(deadline)
                return
            }
            self.deadline = nil
            action()
        }
        scheduled = (task, time)
    }
}
#endif
