internal import DequeModule
import FoundationEssentials
import Synchronization

/// The messages of one queue: waiting, locked, delayed and dead-lettered. A state machine without I/O; callers pass the
/// time.
///
/// Messages are delivered in order of arrival. In a group, only the oldest message is delivered; the others wait until
/// it is settled.
struct MessageStore {
    /// A message being settled: it is locked, and the lock does not expire.
    struct Settling {
        let number: Int64
        fileprivate let token: Int64
        fileprivate let lockedUntil: Duration
    }

    /// A dead letter and the number of its message.
    typealias NumberedLetter = (number: Int64, letter: DeadLetter)

    private enum Stage {
        case ready
        case delayed(timer: Int)
        case locked(token: Int64, until: Duration, timer: Int)
        case settling(token: Int64)
    }

    private struct Entry {
        var message: MessageEnvelope
        var stage = Stage.ready
    }

    private enum Slot {
        case message(Int64)
        case group(ScalarText)
    }

    private let queue: String
    private var entries: [Int64: Entry] = [:]
    /// The deliverable messages. Slots of removed messages are skipped.
    private var ready = Deque<Slot>()
    /// The messages of each group, oldest first.
    private var groups: [ScalarText: Deque<Int64>] = [:]
    private var delayed: Set<Int64> = []
    /// The expiration times of locks and delays, by message number.
    private var timers = ExpiryQueue()
    private var tokens: [Int64: Int64] = [:]
    private var expired = RecentTokens()
    private var dead = Deque<NumberedLetter>()
    private var lastNumber: Int64 = 0
    private let firstToken: Int64
    private var lastToken: Int64
    private var reserved = 0

    /// Tokens are unique within the process, so a lock from before the queue was reopened settles nothing.
    private static let tokens = Atomic<Int64>(0)

    init(_ queue: String) {
        self.queue = queue
        firstToken = Self.newToken()
        lastToken = firstToken
    }

    /// The number of waiting messages, including delayed ones.
    var count: Int { entries.count - tokens.count }

    /// The number of messages that count towards the limit: all except dead letters.
    var size: Int { entries.count + reserved }

    /// The next expiration of a lock or a delay; nil if there is none.
    var nextEvent: Duration? { timers.first?.expiration }

    // MARK: - Sending

    /// Reserves space for a message and returns its number; nil if the queue is full.
    mutating func reserve(_ maxSize: Int) -> Int64? {
        guard size < max(1, maxSize) else { return nil }
        reserved += 1
        lastNumber += 1
        return lastNumber
    }

    /// Releases the reserved space of a message that is not sent.
    mutating func release() { reserved -= 1 }

    /// Adds a message for which space was reserved.
    mutating func add(_ number: Int64, _ message: MessageEnvelope) {
        reserved -= 1
        restore(number, message)
    }

    /// Adds a stored message.
    mutating func restore(_ number: Int64, _ message: MessageEnvelope) {
        lastNumber = max(lastNumber, number)
        entries[number] = Entry(message: message)
        guard let group = message.group.map({ ScalarText($0) }) else { return ready.append(.message(number)) }
        groups[group, default: []].append(number)
        if groups[group]?.count == 1 { ready.append(.group(group)) }
    }

    /// Appends a message and keeps its delivery count.
    /// - Parameter until: the time of the earliest delivery; nil for immediate delivery.
    mutating func push(_ message: MessageEnvelope, until: Duration?) {
        lastNumber += 1
        guard let until else { return restore(lastNumber, message) }
        entries[lastNumber] = Entry(
            message: message, stage: .delayed(timer: timers.insert(String(lastNumber), until)))
        delayed.insert(lastNumber)
        if let group = message.group { groups[ScalarText(group), default: []].append(lastNumber) }
    }

    // MARK: - Receiving

    /// Makes messages with expired locks or delays deliverable again.
    /// - Returns: the number of expired locks.
    mutating func advance(to now: Duration) -> Int {
        var expired = 0
        while let first = timers.first, first.expiration <= now, let number = Int64(first.key) {
            guard let stage = entries[number]?.stage else { break }
            switch stage {
            case .locked(let token, _, let timer):
                timers.remove(timer)
                tokens[token] = nil
                self.expired.insert(token)
                expired += 1
            case .delayed(let timer):
                timers.remove(timer)
                delayed.remove(number)
            case .ready, .settling: return expired
            }
            makeReady(number)
        }
        return expired
    }

    /// Locks the next message and returns it; nil if there is none.
    mutating func take(at now: Duration, lock: Duration) -> (number: Int64, message: MessageEnvelope)? {
        while let slot = ready.popFirst() {
            guard let number = number(of: slot), var entry = entries[number], case .ready = entry.stage else {
                continue
            }
            lastToken = Self.newToken()
            entry.message.deliveryCount += 1
            entry.message.reference = MessageReference(queue: queue, token: String(lastToken))
            let until = now.adding(timeout: lock)
            entry.stage = .locked(token: lastToken, until: until, timer: timers.insert(String(number), until))
            tokens[lastToken] = number
            entries[number] = entry
            return (number, entry.message)
        }
        return nil
    }

    /// Returns the next messages without removing them.
    func peek(_ limit: Int) -> [MessageEnvelope] {
        var messages: [MessageEnvelope] = []
        func add(_ number: Int64) {
            guard messages.count < limit, let entry = entries[number] else { return }
            switch entry.stage {
            case .ready, .delayed: messages.append(entry.message)
            case .locked, .settling: break
            }
        }
        for slot in ready where messages.count < limit {
            switch slot {
            case .message(let number): add(number)
            case .group(let group): groups[group]?.forEach(add)
            }
        }
        guard messages.count < limit else { return messages }
        // While the oldest message of a group is delayed or locked, the rest of the group waits.
        for number in delayed.union(tokens.values).sorted() {
            if let group = entries[number]?.message.group {
                groups[ScalarText(group)]?.forEach(add)
            } else {
                add(number)
            }
        }
        return messages.map { message in
            var message = message
            message.reference = nil
            return message
        }
    }

    // MARK: - Settling

    /// Starts settling a message. One of the calls below completes it.
    /// - Throws: Conflict `ALREADY_SETTLED` or `LOCK_EXPIRED`.
    mutating func begin(_ context: Context, _ reference: MessageReference) throws(ApplicationError) -> Settling {
        guard let token = Int64(reference.token), reference.queue.isSame(as: queue) else {
            throw .lockExpired(context, queue)
        }
        guard let number = tokens[token], case .locked(_, let until, let timer)? = entries[number]?.stage else {
            let isSettled =
                (firstToken + 1...max(lastToken, firstToken + 1)).contains(token) && !expired.contains(token)
            throw isSettled ? .alreadySettled(context, queue) : .lockExpired(context, queue)
        }
        timers.remove(timer)
        entries[number]?.stage = .settling(token: token)
        return Settling(number: number, token: token, lockedUntil: until)
    }

    /// Locks a message again after a failed settlement.
    mutating func rollback(_ settling: Settling) { lock(settling, until: settling.lockedUntil) }

    /// Extends the lock of a message.
    mutating func renew(_ settling: Settling, until: Duration) { lock(settling, until: until) }

    /// Removes a message that was handled.
    mutating func complete(_ settling: Settling) {
        guard let entry = end(settling) else { return }
        remove(settling.number, entry.message)
    }

    /// Returns a message to the queue.
    mutating func abandon(_ settling: Settling, until: Duration, at now: Duration) {
        guard end(settling) != nil else { return }
        guard until > now else { return makeReady(settling.number) }
        delayed.insert(settling.number)
        entries[settling.number]?.stage = .delayed(timer: timers.insert(String(settling.number), until))
    }

    /// The message being settled.
    func message(_ settling: Settling) -> MessageEnvelope? { entries[settling.number]?.message }

    /// Moves a message to the dead letters.
    mutating func bury(_ settling: Settling, _ letter: DeadLetter) {
        guard let entry = end(settling) else { return }
        remove(settling.number, entry.message)
        restore(settling.number, letter)
    }

    // MARK: - Dead letters

    /// Adds a stored dead letter.
    mutating func restore(_ number: Int64, _ letter: DeadLetter) {
        lastNumber = max(lastNumber, number)
        dead.append((number, letter))
    }

    /// Removes and returns the oldest dead letters above the limit; none if the limit is not exceeded.
    mutating func takeExcess(_ maxDeadLetters: Int) -> [NumberedLetter] {
        let excess = Array(dead.prefix(max(0, dead.count - max(1, maxDeadLetters))))
        dead.removeFirst(excess.count)
        return excess
    }

    /// Removes and returns the dead letters of some messages, or all. The caller stores the change.
    mutating func takeDeadLetters(ids: [String]?) -> [NumberedLetter] {
        let wanted = ids.map { Set($0.map { ScalarText($0) }) }
        var (taken, left): ([NumberedLetter], Deque<NumberedLetter>) = ([], [])
        for numbered in dead {
            if wanted?.contains(ScalarText(numbered.letter.message.messageId)) ?? true {
                taken.append(numbered)
            } else {
                left.append(numbered)
            }
        }
        dead = left
        return taken
    }

    /// Puts back dead letters.
    mutating func putBack(_ letters: [NumberedLetter]) { dead.prepend(contentsOf: letters) }

    /// The oldest dead letters.
    func deadLetters(_ limit: Int) -> [DeadLetter] { dead.prefix(max(0, limit)).map(\.letter) }

    // MARK: - Clearing

    /// The numbers of all messages except dead letters.
    var numbers: Set<Int64> { Set(entries.keys) }

    /// All messages except dead letters, in order.
    var messages: [MessageEnvelope] { entries.sorted { $0.key < $1.key }.map(\.value.message) }

    /// Removes all messages except dead letters. Their locks count as expired.
    mutating func drop() {
        for token in tokens.keys { expired.insert(token) }
        remove(numbers)
    }

    /// Removes messages.
    mutating func remove(_ numbers: Set<Int64>) {
        // The affected groups, with true if a deliverable message was removed.
        var affected: [ScalarText: Bool] = [:]
        for number in numbers {
            guard let group = entries[number]?.message.group.map({ ScalarText($0) }), affected[group] == nil else {
                continue
            }
            let first = groups[group]?.first.flatMap { entries[$0] }
            affected[group] = if case .ready? = first?.stage { true } else { false }
        }
        for number in numbers {
            guard let entry = entries.removeValue(forKey: number) else { continue }
            switch entry.stage {
            case .ready: break
            case .delayed(let timer):
                timers.remove(timer)
                delayed.remove(number)
            case .locked(let token, _, let timer):
                timers.remove(timer)
                tokens[token] = nil
            case .settling(let token): tokens[token] = nil
            }
        }
        for (group, isReady) in affected {
            let first = groups[group]?.first
            groups[group]?.removeAll { numbers.contains($0) }
            if let next = groups[group]?.first {
                if next != first, !isReady { ready.append(.group(group)) }
            } else {
                groups[group] = nil
            }
        }
        let present = groups
        ready.removeAll { slot in
            switch slot {
            case .message(let number): numbers.contains(number)
            case .group(let group): present[group] == nil
            }
        }
    }

    // MARK: - Internal

    private static func newToken() -> Int64 { tokens.wrappingAdd(1, ordering: .relaxed).newValue }

    private func number(of slot: Slot) -> Int64? {
        switch slot {
        case .message(let number): number
        case .group(let group): groups[group]?.first
        }
    }

    private mutating func makeReady(_ number: Int64) {
        guard let message = entries[number]?.message else { return }
        entries[number]?.stage = .ready
        ready.append(message.group.map { .group(ScalarText($0)) } ?? .message(number))
    }

    private mutating func lock(_ settling: Settling, until: Duration) {
        guard case .settling(settling.token)? = entries[settling.number]?.stage else { return }
        entries[settling.number]?.stage = .locked(
            token: settling.token, until: until, timer: timers.insert(String(settling.number), until))
    }

    /// Ends the lock of a settled message; nil if the queue was cleared in the meantime.
    private mutating func end(_ settling: Settling) -> Entry? {
        guard let entry = entries[settling.number], case .settling(settling.token) = entry.stage else { return nil }
        tokens[settling.token] = nil
        return entry
    }

    private mutating func remove(_ number: Int64, _ message: MessageEnvelope) {
        entries[number] = nil
        guard let group = message.group.map({ ScalarText($0) }) else { return }
        if groups[group]?.first == number { groups[group]?.removeFirst() }
        if groups[group]?.isEmpty ?? true { groups[group] = nil } else { ready.append(.group(group)) }
    }
}

// MARK: - Internal

/// The tokens of recently expired locks, to distinguish an expired lock from a second settlement.
private struct RecentTokens {
    private static let limit = 10_000
    private var order = Deque<Int64>()
    private var tokens: Set<Int64> = []

    func contains(_ token: Int64) -> Bool { tokens.contains(token) }

    mutating func insert(_ token: Int64) {
        guard tokens.insert(token).inserted else { return }
        order.append(token)
        if order.count > Self.limit, let oldest = order.popFirst() { tokens.remove(oldest) }
    }
}
