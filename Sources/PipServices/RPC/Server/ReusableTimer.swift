#if PIP_HTTP
internal import NIOCore

/// A timer of an event loop that is set far more often than it fires.
///
/// Every request ends one wait and begins another, and scheduling and cancelling a task costs more than many requests.
/// The scheduled task therefore stays when the timer is set to a later time or stopped; when the task runs, it schedules
/// another one for the rest of the time. All calls must come from the event loop.
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

    /// Sets the timer; this replaces an earlier time.
    func set(_ deadline: NIODeadline) {
        self.deadline = deadline
        if let scheduled {
            if scheduled.time <= deadline { return }
            scheduled.task.cancel()
        }
        schedule(deadline)
    }

    /// Sets the timer to a time from now; this replaces an earlier time.
    func set(in time: TimeAmount) { set(eventLoop.now + time) }

    /// Stops the timer, which is likely to be set again.
    func stop() { deadline = nil }

    /// Stops the timer and releases what it holds.
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
