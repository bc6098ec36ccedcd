import PipServices

/// The contract of every ``Lock``.
public struct LockContract: Contract {
    private let excludes: Bool

    /// Creates the contract. A lock that is always free has fewer cases.
    public init(excludes: Bool = true) { self.excludes = excludes }

    /// The cases.
    public var cases: [ContractCase<any Lock>] { Self.always + (excludes ? Self.excluding : []) }

    private static let always: [ContractCase<any Lock>] = [
        ContractCase("a free lock is acquired, renewed and released") { run in
            let ttl = long(run)
            let lease = try await acquired(run, "k", ttl)
            try run.expect(lease.key, equals: run.key("k"), "key")
            let renewed = try await run.subject.renew(run.context, lease, ttl: ttl)
            try run.expect(renewed?.token, equals: lease.token, "token after renewal")
            try run.expect(try await run.subject.release(run.context, lease), "release says that it was not held")
        },
        ContractCase("by key, a free lock is acquired and released") { run in
            let ttl = long(run)
            try run.expect(
                try await run.subject.tryAcquireLock(run.context, run.key("k"), ttl: ttl), "tryAcquireLock")
            try await run.subject.releaseLock(run.context, run.key("k"))
            try await run.subject.acquireLock(run.context, run.key("k"), ttl: ttl, timeout: .zero)
            try await run.subject.releaseLock(run.context, run.key("k"))
            try await run.subject.releaseLock(run.context, run.key("never acquired"))
        },
        ContractCase("a lock with no time to live is acquired") { run in
            _ = try await acquired(run, "k", .zero)
            _ = try await acquired(run, "l", .seconds(Int64.min))
        },
        ContractCase("withLock returns the result of its body and rethrows its errors") { run in
            let ttl = long(run)
            let result = try await run.subject.withLock(run.context, run.key("k"), ttl: ttl, timeout: .zero) { _ in 1 }
            try run.expect(result, equals: 1, "result")
            try await run.expect(code: "BODY") {
                try await run.subject.withLock(run.context, run.key("k"), ttl: ttl, timeout: .zero) { _ in
                    throw ApplicationError.badRequest(code: "BODY", "thrown by the body")
                }
            }
            _ = try await acquired(run, "k", ttl)
        },
    ]

    private static let excluding: [ContractCase<any Lock>] = [
        ContractCase("a lock has one holder") { run in
            let ttl = long(run)
            let lease = try await acquired(run, "k", ttl)
            try run.expect(
                try await run.subject.tryAcquire(run.context, run.key("k"), ttl: ttl) == nil, "a second one got it")
            try run.expect(
                try await run.subject.tryAcquireLock(run.context, run.key("k"), ttl: ttl), equals: false,
                "tryAcquireLock")
            _ = try await acquired(run, "other", ttl)
            try await run.subject.release(run.context, lease)
            _ = try await acquired(run, "k", ttl)
        },
        ContractCase("a lock expires after its time to live, not before", passesTime: true) { run in
            let lease = try await acquired(run, "k", run.time.unit * 2)
            try await run.time.pass(1)
            try run.expect(
                try await run.subject.tryAcquire(run.context, run.key("k"), ttl: run.time.unit) == nil, "too early")
            try await run.time.pass(2)
            _ = try await acquired(run, "k", run.time.unit * 5)
            try run.expect(
                try await run.subject.renew(run.context, lease, ttl: run.time.unit) == nil, "an old lease was renewed")
        },
        ContractCase("an expired lease does not release the lock of another holder", passesTime: true) { run in
            let old = try await acquired(run, "k", run.time.unit)
            try await run.time.pass(2)
            _ = try await acquired(run, "k", run.time.unit * 5)
            try run.expect(try await run.subject.release(run.context, old), equals: false, "release of the old lease")
            try run.expect(
                try await run.subject.tryAcquire(run.context, run.key("k"), ttl: run.time.unit) == nil,
                "the lock of the other is gone")
        },
        ContractCase("a lease is released once") { run in
            let lease = try await acquired(run, "k", long(run))
            try run.expect(try await run.subject.release(run.context, lease), equals: true, "release")
            try run.expect(try await run.subject.release(run.context, lease), equals: false, "release again")
            try run.expect(
                try await run.subject.renew(run.context, lease, ttl: run.time.unit) == nil, "renewed after release")
        },
        ContractCase("renewal extends a lock", passesTime: true) { run in
            let lease = try await acquired(run, "k", run.time.unit * 2)
            try await run.time.pass(1)
            let renewed = try await run.subject.renew(run.context, lease, ttl: run.time.unit * 4)
            try run.expect(renewed != nil, "not renewed")
            try run.expect(renewed.map { $0.validUntil > lease.validUntil } ?? false, "validUntil did not move")
            try await run.time.pass(2)
            try run.expect(
                try await run.subject.tryAcquire(run.context, run.key("k"), ttl: run.time.unit) == nil, "ended")
        },
        ContractCase("a waiter that times out gets LOCK_TIMEOUT") { run in
            _ = try await acquired(run, "k", long(run))
            for timeout in [Duration.zero, .seconds(-1), run.time.unit / 4] {
                try await run.expect(code: "LOCK_TIMEOUT") {
                    _ = try await run.time.flowing {
                        try await run.subject.acquire(run.context, run.key("k"), ttl: run.time.unit, timeout: timeout)
                    }
                }
            }
        },
        ContractCase("a waiter gets the lock when it is released") { run in
            let lease = try await acquired(run, "k", run.time.unit * 1000)
            try await run.time.flowing {
                async let waiting = run.subject.acquire(
                    run.context, run.key("k"), ttl: run.time.unit * 1000, timeout: run.time.unit * 500)
                await Task.yield()
                try await run.subject.release(run.context, lease)
                try run.expect(try await waiting.token != lease.token, "the same token twice")
            }
        },
        ContractCase("a waiter gets the lock when it expires") { run in
            _ = try await acquired(run, "k", run.time.unit)
            try await run.time.flowing {
                _ = try await run.subject.acquire(
                    run.context, run.key("k"), ttl: run.time.unit, timeout: run.time.unit * 500)
            }
        },
        ContractCase("a cancelled waiter stops waiting") { run in
            _ = try await acquired(run, "k", run.time.unit * 1000)
            let waiting = Task {
                try await run.subject.acquire(
                    run.context, run.key("k"), ttl: run.time.unit, timeout: run.time.unit * 500)
            }
            await Task.yield()
            waiting.cancel()
            if case .success = await waiting.result { try run.expect(false, "it got the lock") }
        },
        ContractCase("fencing tokens increase, if supported") { run in
            var last: Int64?
            for _ in 0..<3 {
                let lease = try await acquired(run, "k", long(run))
                if let last, let fencing = lease.fencing {
                    try run.expect(fencing > last, "\(fencing) after \(last)")
                }
                last = lease.fencing
                try await run.subject.release(run.context, lease)
            }
        },
        ContractCase("withLock holds the lock while its body runs", passesTime: true) { run in
            try await run.time.flowing {
                try await run.subject.withLock(
                    run.context, run.key("k"), ttl: run.time.unit * 2, timeout: .zero
                ) { lease in
                    try await run.subject.clock.sleep(for: run.time.unit * 6)
                    try run.expect(
                        try await run.subject.tryAcquire(run.context, run.key("k"), ttl: run.time.unit) == nil,
                        "it ended while the body ran")
                }
            }
            _ = try await acquired(run, "k", run.time.unit)
        },
        ContractCase("two tasks never hold a lock at the same time") { run in
            let holders = Locked(0)
            let (tasks, rounds) = (16, 10)
            let total = try await run.time.flowing {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<tasks {
                        group.addTask {
                            for _ in 0..<rounds {
                                let lease = try await run.subject.acquire(
                                    run.context, run.key("k"), ttl: run.time.unit * 100_000,
                                    timeout: run.time.unit * 50_000)
                                let count = holders.withLock { holders in
                                    holders += 1
                                    return holders
                                }
                                await Task.yield()
                                holders.withLock { $0 -= 1 }
                                try run.expect(count, equals: 1, "holders")
                                try await run.subject.release(run.context, lease)
                            }
                            return rounds
                        }
                    }
                    return try await group.reduce(0, +)
                }
            }
            try run.expect(total, equals: tasks * rounds, "acquisitions")
        },
    ]

    /// Returns a time to live that does not end during a case, even on a busy machine.
    private static func long(_ run: ContractRun<any Lock>) -> Duration { run.time.unit * 1000 }

    private static func acquired(
        _ run: ContractRun<any Lock>, _ name: String, _ ttl: Duration
    ) async throws -> LockLease {
        let start = SystemClock().uptime
        var lease = try await run.subject.tryAcquire(run.context, run.key(name), ttl: ttl)
        // On a busy machine, a short lease may have expired before it is returned.
        while lease == nil, SystemClock().uptime - start >= ttl, SystemClock().uptime - start < .seconds(60) {
            lease = try await run.subject.tryAcquire(run.context, run.key(name), ttl: ttl)
        }
        try run.expect(lease != nil, "the free lock '\(name)' was not acquired")
        return lease ?? LockLease(key: "", token: "", validUntil: .zero)
    }
}
