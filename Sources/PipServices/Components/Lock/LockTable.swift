/// The holders and waiters of locks: the rules of ``MemoryLock``, without the waiting itself.
struct LockTable {
    /// A lock that is granted to a waiter.
    struct Grant: Equatable {
        let ticket: Int
        let lease: LockLease
    }

    private struct Waiter {
        let token: String
        let ttl: Duration
    }

    /// The waiters for one lock. A waiter that gives up leaves a gap in the order.
    private struct Line {
        var waiters: [Int: Waiter] = [:]
        var order: ArraySlice<Int> = []
    }

    private var holders = ExpiringTable<LockLease>()
    private var lines: [ScalarText: Line] = [:]
    private var nextTicket = 0
    private var lastFencing: Int64 = 0

    /// Returns the expiration time of the current lease; nil if the lock is free.
    func expiration(_ key: String) -> Duration? { holders.expiration(key) }

    /// Returns true if the lock has waiters.
    func isAwaited(_ key: String) -> Bool { lines[ScalarText(key)] != nil }

    /// Acquires a lock that is free and has no waiters.
    mutating func tryAcquire(_ key: String, token: String, ttl: Duration, at now: Duration) -> LockLease? {
        guard lines[ScalarText(key)] == nil, holders.value(key, at: now) == nil else { return nil }
        return give(key, token, ttl, now)
    }

    /// Adds a waiter at the end of the line and returns its ticket.
    mutating func wait(_ key: String, token: String, ttl: Duration) -> Int {
        nextTicket += 1
        lines[ScalarText(key), default: Line()].waiters[nextTicket] = Waiter(token: token, ttl: ttl)
        lines[ScalarText(key), default: Line()].order.append(nextTicket)
        return nextTicket
    }

    /// Removes a waiter from the queue. Returns false if it is not in the queue.
    mutating func giveUp(_ key: String, _ ticket: Int) -> Bool {
        guard var line = lines.removeValue(forKey: ScalarText(key)) else { return false }
        let wasThere = line.waiters.removeValue(forKey: ticket) != nil
        // A lock that is held for long and awaited with short timeouts must not collect gaps.
        if line.order.count > 2 * line.waiters.count + 16 {
            line.order = ArraySlice(line.order.filter { line.waiters[$0] != nil })
        }
        if !line.waiters.isEmpty { lines[ScalarText(key)] = line }
        return wasThere
    }

    /// Grants a free lock to the first waiter.
    mutating func grantNext(_ key: String, at now: Duration) -> Grant? {
        guard holders.value(key, at: now) == nil, var line = lines.removeValue(forKey: ScalarText(key)) else {
            return nil
        }
        while let ticket = line.order.popFirst() {
            guard let waiter = line.waiters.removeValue(forKey: ticket) else { continue }
            if !line.waiters.isEmpty { lines[ScalarText(key)] = line }
            return Grant(ticket: ticket, lease: give(key, waiter.token, waiter.ttl, now))
        }
        return nil
    }

    /// Renews a lease. Returns nil if it is not the holder's.
    mutating func renew(_ lease: LockLease, ttl: Duration, at now: Duration) -> LockLease? {
        guard let holder = holders.value(lease.key, at: now), holder.token.isSame(as: lease.token) else { return nil }
        let renewed = holder.valid(until: now.adding(timeout: ttl))
        holders.set(lease.key, renewed, until: renewed.validUntil, at: now)
        return renewed
    }

    /// Releases a lease. Returns false if it is not the holder's.
    mutating func release(_ lease: LockLease, at now: Duration) -> Bool {
        guard (holders.value(lease.key, at: now)?.token).isSame(as: lease.token) else { return false }
        holders.remove(lease.key)
        return true
    }

    // MARK: - Internal

    private mutating func give(_ key: String, _ token: String, _ ttl: Duration, _ now: Duration) -> LockLease {
        lastFencing &+= 1
        let lease = LockLease(
            key: key, token: token, fencing: lastFencing, validUntil: now.adding(timeout: ttl))
        holders.set(key, lease, until: lease.validUntil, at: now)
        return lease
    }
}
