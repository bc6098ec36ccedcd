import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// The state machine of a queue, without tasks and clocks.
@Suite struct MessageStoreTests {
    @Test("A message is ready, locked, ready again after its lock expires, and gone when completed") func life() throws
    {
        let store = Store()
        #expect(store.send("a"))
        #expect((store.count, store.size) == (1, 1))
        let first = try #require(store.take(at: .zero, lock: .seconds(10)))
        #expect((store.count, store.size) == (0, 1))
        #expect(store.nextEvent == .seconds(10))
        #expect(store.take(at: .seconds(9), lock: .seconds(10)) == nil)
        #expect(store.advance(to: .seconds(9)) == 0)
        #expect(store.advance(to: .seconds(10)) == 1)
        #expect(store.nextEvent == nil)
        let second = try #require(store.take(at: .seconds(10), lock: .seconds(10)))
        #expect(second.deliveryCount == 2)
        #expect(second.reference != first.reference)
        #expect(store.complete(first) == "LOCK_EXPIRED")
        #expect(store.complete(second) == nil)
        #expect(store.complete(second) == "ALREADY_SETTLED")
        #expect((store.count, store.size) == (0, 0))
        #expect(store.nextEvent == nil)
    }

    @Test("A second settlement is distinguished from an expired lock, however many follow") func settledLongAgo() throws
    {
        let store = Store(maxSize: 2)
        store.send("expired")
        let expired = try #require(store.take(at: .zero, lock: .seconds(1)))
        #expect(store.advance(to: .seconds(1)) == 1)
        _ = store.take(at: .seconds(1), lock: .never)
        var first: MessageEnvelope?
        for _ in 0..<20_000 {
            store.send("a")
            let message = try #require(store.take(at: .seconds(1), lock: .seconds(10)))
            if let code = store.complete(message) { Issue.record("\(code)") }
            first = first ?? message
        }
        #expect(store.complete(try #require(first)) == "ALREADY_SETTLED")
        #expect(store.complete(expired) == "LOCK_EXPIRED")
    }

    @Test("A lock from before a reopening settles nothing") func otherLife() throws {
        let first = Store()
        first.send("a")
        let old = try #require(first.take(at: .zero, lock: .seconds(10)))
        let second = Store()
        second.send("b")
        _ = second.take(at: .zero, lock: .seconds(10))
        #expect(second.complete(old) == "LOCK_EXPIRED")
        #expect(second.size == 1)
    }

    @Test("While a message is being settled, its lock does not expire and cannot be settled twice") func settling()
        throws
    {
        let store = Store()
        store.send("a")
        let message = try #require(store.take(at: .zero, lock: .seconds(1)))
        let settling = try #require(store.begin(message))
        #expect(store.advance(to: .seconds(100)) == 0)
        #expect(store.complete(message) == "ALREADY_SETTLED")
        // The disk was full: the lock is as it was, and has ended.
        store.rollback(settling)
        #expect(store.advance(to: .seconds(100)) == 1)
        #expect(store.take(at: .seconds(100), lock: .seconds(1))?.deliveryCount == 2)
    }

    @Test("Room is reserved when a send begins, and released when it fails") func room() {
        let store = Store(maxSize: 2)
        #expect(store.reserve() != nil)
        #expect(store.reserve() != nil)
        #expect(store.reserve() == nil)
        store.release()
        #expect(store.reserve() != nil)
    }

    @Test("A queue with size 0 holds one message") func noSize() {
        let store = Store(maxSize: 0)
        #expect(store.send("a"))
        #expect(!store.send("b"))
    }

    @Test("Groups are independent, whatever happens to their oldest message") func groups() throws {
        let store = Store()
        for (text, group) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] { store.send(text, group: group) }
        let a1 = try #require(store.take(at: .zero, lock: .seconds(10)))
        let b1 = try #require(store.take(at: .zero, lock: .seconds(10)))
        #expect([a1, b1].map(\.messageAsString) == ["a1", "b1"])
        #expect(store.take(at: .zero, lock: .seconds(10)) == nil)
        #expect(store.peek(10) == ["a2", "b2"], "they wait")
        store.bury(a1)
        #expect(store.take(at: .zero, lock: .seconds(10))?.messageAsString == "a2")
        store.abandon(b1, until: .seconds(5), at: .zero)
        #expect(store.take(at: .zero, lock: .seconds(10)) == nil, "b2 waits for b1")
        #expect(store.peek(10) == ["b1", "b2"])
        _ = store.advance(to: .seconds(5))
        #expect(store.take(at: .seconds(5), lock: .seconds(1))?.messageAsString == "b1")
        _ = store.advance(to: .seconds(6))
        #expect(store.take(at: .seconds(6), lock: .seconds(1))?.messageAsString == "b1", "its lock ended")
    }

    @Test("Names of groups are compared by code points") func lookAlikes() throws {
        let store = Store()
        store.send("1", group: "\u{E9}")
        store.send("2", group: "e\u{301}")
        #expect(store.take(at: .zero, lock: .seconds(1))?.messageAsString == "1")
        #expect(store.take(at: .zero, lock: .seconds(1))?.messageAsString == "2", "another group")
    }

    @Test("A very long lock or delay does not overflow") func longTimes() throws {
        let store = Store()
        store.send("a")
        let message = try #require(store.take(at: .seconds(1), lock: .seconds(Int64.max)))
        #expect(store.nextEvent == .never)
        store.abandon(message, until: .never, at: .seconds(1))
        #expect(store.advance(to: .seconds(1_000_000)) == 0)
        #expect(store.count == 1)
    }

    @Test("A clear also removes locked messages and messages being settled") func clear() throws {
        let store = Store()
        store.send("a", group: "g")
        store.send("b")
        let first = try #require(store.take(at: .zero, lock: .seconds(1)))
        let settling = try #require(store.begin(first))
        _ = store.take(at: .zero, lock: .seconds(1))
        store.clear()
        #expect((store.count, store.size) == (0, 0))
        #expect(store.nextEvent == nil)
        store.rollback(settling)
        #expect(store.nextEvent == nil)
        store.send("c", group: "g")
        #expect(store.take(at: .zero, lock: .seconds(1))?.messageAsString == "c")
    }

    @Test("A clear keeps messages that arrive while it is stored, whatever precedes them in their group")
    func lateClear()
        throws
    {
        for isLocked in [false, true] {
            let store = Store()
            // A clear that leaves nothing of a group, and one that leaves its oldest message.
            store.send("gone", group: "g")
            store.clear()
            store.send("old", group: "g")
            store.send("old")
            if isLocked { _ = store.take(at: .zero, lock: .seconds(1)) }
            let numbers = store.numbers
            store.send("new", group: "g")
            store.remove(numbers)
            #expect(store.peek(10) == ["new"])
            #expect(store.take(at: .zero, lock: .seconds(1))?.messageAsString == "new")
            #expect(store.take(at: .zero, lock: .seconds(1)) == nil)
            #expect(store.size == 1)
        }
    }
}

/// The store as an object, since the macros of Swift Testing can't call what changes a value.
private final class Store {
    private var store = MessageStore("q")
    private let maxSize: Int

    init(maxSize: Int = 100) { self.maxSize = maxSize }

    var count: Int { store.count }
    var size: Int { store.size }
    var nextEvent: Duration? { store.nextEvent }

    func reserve() -> Int64? { store.reserve(maxSize) }
    func release() { store.release() }

    @discardableResult
    func send(_ text: String, group: String? = nil) -> Bool {
        guard let number = reserve() else { return false }
        store.add(number, MessageEnvelope(.empty, "t", text, group: group))
        return true
    }

    func advance(to now: Duration) -> Int { store.advance(to: now) }
    func take(at now: Duration, lock: Duration) -> MessageEnvelope? { store.take(at: now, lock: lock)?.message }
    func peek(_ limit: Int) -> [String] { store.peek(limit).map { $0.messageAsString ?? "" } }
    func begin(_ message: MessageEnvelope) -> MessageStore.Settling? {
        message.reference.flatMap { try? store.begin(.empty, $0) }
    }
    func rollback(_ settling: MessageStore.Settling) { store.rollback(settling) }

    /// The code of the error, or nil.
    func complete(_ message: MessageEnvelope) -> String? {
        guard let reference = message.reference else { return "NO_REFERENCE" }
        do throws(ApplicationError) {
            store.complete(try store.begin(.empty, reference))
            return nil
        } catch {
            return error.code
        }
    }

    func abandon(_ message: MessageEnvelope, until: Duration, at now: Duration) {
        if let settling = begin(message) { store.abandon(settling, until: until, at: now) }
    }

    func bury(_ message: MessageEnvelope) {
        guard let settling = begin(message) else { return }
        let error = ErrorDescription(ApplicationError.conflict(code: "WHY", "because"))
        store.bury(settling, DeadLetter(message: message, error: error, time: Date(timeIntervalSince1970: 0)))
    }

    var numbers: Set<Int64> { store.numbers }
    func remove(_ numbers: Set<Int64>) { store.remove(numbers) }
    func clear() { store.remove(store.numbers) }
}
