#if PIP_REDIS
/// Wakes calls of this process that wait for a change of a queue.
final class RedisQueueSignals: Sendable {
    private struct Waiter: Sendable {
        let continuation: CheckedContinuation<Void, Never>
        let timer: Task<Void, Never>
    }

    private struct State: Sendable {
        var generation = 0
        var lastNumber = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let state = Locked(State())

    /// Changes with each signal.
    var generation: Int { state.withLock { $0.generation } }

    /// The number of waiting calls.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Wakes the longest waiting call, for a signal that only one call can use.
    func signalOne() {
        let oldest = state.withLock { state in
            state.generation += 1
            return state.waiters.keys.min()
        }
        if let oldest { end(oldest) }
    }

    /// Wakes all waiting calls.
    func signalAll() {
        let waiters = state.withLock { state in
            state.generation += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.continuation.resume()
        }
    }

    /// Waits for a signal after `generation`, a timeout, or the cancellation of the task.
    func wait(after generation: Int, atMost time: Duration, clock: any ClockSource) async {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard state.generation == generation, !Task.isCancelled else { return false }
                    let timer = Task.detached { [weak self] in
                        guard (try? await clock.sleep(for: time)) != nil else { return }
                        self?.end(number)
                    }
                    state.waiters[number] = Waiter(continuation: continuation, timer: timer)
                    return true
                }
                if !isWaiting { continuation.resume() }
            }
        } onCancel: {
            end(number)
        }
    }

    private func end(_ number: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.timer.cancel()
        waiter?.continuation.resume()
    }
}
#endif
