import Glibc
import Synchronization

/// Holds the present state of something that is read far more often than it is changed: readers never wait, neither for
/// each other nor for a writer.
///
/// A state is immutable and is replaced as a whole, so it should be of values whose copies share what they have in common.
/// Readers announce themselves in one of two sets of counters; who replaces a state lets go of it once no reader
/// that may still see it is announced, which takes as long as the longest ``read(_:)``.
final class Snapshot<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// How many readers there are, by the turn in which they came. Readers on several threads seldom share one: each write
    /// to a counter takes it away from the caches of the other processors.
    private final class Readers: Sendable {
        private let even = Atomic<Int>(0)
        private let odd = Atomic<Int>(0)
        // Keeps the next object out of this one's cache line.
        private let padding: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)

        func add(_ amount: Int, turn: Int) {
            if turn & 1 == 0 {
                even.wrappingAdd(amount, ordering: .sequentiallyConsistent)
            } else {
                odd.wrappingAdd(amount, ordering: .sequentiallyConsistent)
            }
        }

        func count(turn: Int) -> Int {
            turn & 1 == 0 ? even.load(ordering: .sequentiallyConsistent) : odd.load(ordering: .sequentiallyConsistent)
        }
    }

    private static var stripes: Int { 16 }
    private let pointer: Atomic<Unmanaged<Box>>
    private let readers = (0..<stripes).map { _ in Readers() }
    private let turn = Atomic<Int>(0)
    private let writer: Locked<Box>

    init(_ value: Value) {
        let box = Box(value)
        pointer = Atomic(Unmanaged.passUnretained(box))
        writer = Locked(box)
    }

    /// The present state.
    var current: Value { read { $0 } }

    /// Reads the present state in place. `body` must be short: a writer may wait for it.
    func read<Result>(_ body: (Value) -> Result) -> Result {
        let readers = readers[Self.stripe]
        let turn = turn.load(ordering: .relaxed)
        readers.add(1, turn: turn)
        defer { readers.add(-1, turn: turn) }
        // Safe without a retain: whoever replaces the box keeps it until this reader has gone.
        return pointer.load(ordering: .sequentiallyConsistent)._withUnsafeGuaranteedRef { body($0.value) }
    }

    /// Replaces the state by a changed copy, unless `body` throws. One writer at a time; readers see the change as a whole.
    func change<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result where Result: Sendable {
        try writer.withLock { box throws(Failure) in
            var value = box.value
            let result = try body(&value)
            let next = Box(value)
            pointer.store(Unmanaged.passUnretained(next), ordering: .sequentiallyConsistent)
            waitForReaders()
            box = next
            return result
        }
    }

    // MARK: - Internal

    private static var stripe: Int {
        // Threads' addresses lie pages apart.
        Int(truncatingIfNeeded: UInt(bitPattern: Int(pthread_self())) >> 12 ^ UInt(pthread_self()) >> 23)
            & (stripes - 1)
    }

    /// A reader that read `turn` long ago may announce itself in the other set just after that was found empty, so both are
    /// waited for: first the older, then, after new readers were turned away from it, the present one.
    private func waitForReaders() {
        let now = turn.load(ordering: .sequentiallyConsistent)
        waitFor(turn: now &+ 1)
        turn.store(now &+ 1, ordering: .sequentiallyConsistent)
        waitFor(turn: now)
    }

    private func waitFor(turn: Int) {
        for readers in readers {
            while readers.count(turn: turn) != 0 { sched_yield() }
        }
    }
}

extension Snapshot: CustomReflectable {
    /// Nothing: what is held may be secret.
    var customMirror: Mirror { Mirror(self, children: []) }
}
