/// A state that is read far more often than it is changed, such as a table. Readers wait only while the state is
/// replaced, not while the new state is computed.
///
/// The state is replaced as a whole, so it should consist of values whose copies share storage. Safe to use from any
/// thread.
final class Snapshot<Value: Sendable>: Sendable {
    private let state: Locked<Value>
    private let writers = Locked(())

    init(_ value: Value) { state = Locked(value) }

    /// A copy of the current state.
    var current: Value { state.current }

    /// Reads the current state in place. `body` must be short: it runs under the lock.
    func read<Result: Sendable>(_ body: (borrowing Value) -> Result) -> Result { state.withLock { body($0) } }

    /// Replaces the state with a changed copy, unless `body` throws. Writers run one at a time; readers see the old or
    /// the new state.
    func change<Result: Sendable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (result, old) = try writers.withLock { _ throws(Failure) -> (Result, Value) in
            var value = state.current
            let result = try body(&value)
            state.withLock { swap(&$0, &value) }
            return (result, value)
        }
        // The old state is released outside both locks: a `deinit` in it may call the owner of the snapshot.
        withExtendedLifetime(old) {}
        return result
    }
}

extension Snapshot: CustomReflectable {
    /// Empty: the state may be secret.
    var customMirror: Mirror { Mirror(self, children: []) }
}
