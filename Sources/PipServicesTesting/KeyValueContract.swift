import PipServices

/// The contract of every ``KeyValueConnector``.
public struct KeyValueContract: Contract {
    /// Creates the contract.
    public init() {}

    private typealias Case = ContractCase<any KeyValueConnector>

    /// The cases.
    public var cases: [ContractCase<any KeyValueConnector>] {
        Self.values + Self.conditions + Self.times + Self.counters
    }

    private static let values = [
        Case("a value that was never set is nil") { run in
            try run.expect(try await run.subject.get(run.context, run.key("a")), equals: nil, "get")
            try run.expect(try await run.subject.delete(run.context, run.key("a")), equals: false, "delete")
        },
        Case("all byte values are returned unchanged") { run in
            for (index, value) in [[], [0], Array(0...255), bytes("text\r\n"), [UInt8](repeating: 7, count: 100_000)]
                .enumerated()
            {
                try await run.subject.set(run.context, run.key("\(index)"), value, ttl: nil)
                try run.expect(
                    try await run.subject.get(run.context, run.key("\(index)")) == value, "value \(index) differs")
            }
        },
        Case("setting again replaces the value") { run in
            try await run.subject.set(run.context, run.key("a"), bytes("old"), ttl: nil)
            try await run.subject.set(run.context, run.key("a"), bytes("new"), ttl: nil)
            try run.expect(try await run.subject.get(run.context, run.key("a")), equals: bytes("new"), "get")
        },
        Case("delete returns whether there was a value") { run in
            try await run.subject.set(run.context, run.key("a"), bytes("1"), ttl: nil)
            try run.expect(try await run.subject.delete(run.context, run.key("a")), equals: true, "delete")
            try run.expect(try await run.subject.delete(run.context, run.key("a")), equals: false, "delete again")
        },
        Case("keys are compared by code points") { run in
            let names = ["\u{E9}", "e\u{301}"].map(run.key)
            try await run.subject.setMany(
                run.context, KeyValues([(names[0], bytes("0")), (names[1], bytes("1"))]), ttl: nil)
            let found = try await run.subject.getMany(run.context, names)
            try run.expect(names.map { found[$0] } == [bytes("0"), bytes("1")], "one key was taken for the other")
        },
        Case("many at once") { run in
            // More keys than any implementation sends in one command.
            let names = (0..<2500).map { run.key("\($0)") }
            let values = KeyValues(names.map { ($0, bytes($0)) })
            try await run.subject.setMany(run.context, values, ttl: nil)
            try run.expect(
                try await run.subject.getMany(run.context, names + [run.key("none"), names[0]]) == values,
                "getMany differs")
            try await run.subject.deleteMany(run.context, Array(names.dropFirst()) + [run.key("none")])
            let rest = try await run.subject.getMany(run.context, names)
            try run.expect(rest == [names[0]: bytes(names[0])], "the rest: expected one, got \(rest.count)")
            try run.expect(try await run.subject.getMany(run.context, []), equals: [:], "of no keys")
            try await run.subject.setMany(run.context, [:], ttl: nil)
            try await run.subject.deleteMany(run.context, [])
        },
    ]

    private static let conditions = [
        Case("add sets only missing keys") { run in
            try run.expect(
                try await run.subject.add(run.context, run.key("a"), bytes("1"), ttl: nil), equals: true, "add")
            try run.expect(
                try await run.subject.add(run.context, run.key("a"), bytes("2"), ttl: nil), equals: false, "again")
            try run.expect(try await run.subject.get(run.context, run.key("a")), equals: bytes("1"), "get")
        },
        Case("compareAndSet replaces only the expected value") { run in
            let key = run.key("a")
            try run.expect(
                try await run.subject.compareAndSet(run.context, key, expected: [], bytes("1"), ttl: nil),
                equals: false, "of nothing")
            try await run.subject.set(run.context, key, bytes("1"), ttl: nil)
            try run.expect(
                try await run.subject.compareAndSet(run.context, key, expected: bytes("0"), bytes("2"), ttl: nil),
                equals: false, "of another")
            try run.expect(try await run.subject.get(run.context, key), equals: bytes("1"), "get")
            try run.expect(
                try await run.subject.compareAndSet(run.context, key, expected: bytes("1"), bytes("2"), ttl: nil),
                equals: true, "of the expected one")
            try run.expect(try await run.subject.get(run.context, key), equals: bytes("2"), "get")
        },
        Case("compareAndDelete deletes only the expected value") { run in
            let key = run.key("a")
            try run.expect(
                try await run.subject.compareAndDelete(run.context, key, expected: []), equals: false, "of nothing")
            try await run.subject.set(run.context, key, bytes("1"), ttl: nil)
            try run.expect(
                try await run.subject.compareAndDelete(run.context, key, expected: bytes("11")), equals: false,
                "of another")
            try run.expect(try await run.subject.get(run.context, key), equals: bytes("1"), "get")
            try run.expect(
                try await run.subject.compareAndDelete(run.context, key, expected: bytes("1")), equals: true,
                "of the expected one")
            try run.expect(try await run.subject.get(run.context, key), equals: nil, "get")
        },
        Case("of concurrent adds or deletes, exactly one succeeds") { run in
            let key = run.key("a")
            let added = try await successes {
                try await run.subject.add(run.context, key, bytes("1"), ttl: nil)
            }
            try run.expect(added, equals: 1, "added")
            let deleted = try await successes {
                try await run.subject.compareAndDelete(run.context, key, expected: bytes("1"))
            }
            try run.expect(deleted, equals: 1, "deleted")
        },
    ]

    private static let times = [
        Case("values expire after their time to live, not before", passesTime: true) { run in
            let (ttl, names) = (run.time.unit * 2, ["set", "add", "many", "swap"].map(run.key))
            try await run.subject.set(run.context, names[0], bytes("1"), ttl: ttl)
            _ = try await run.subject.add(run.context, names[1], bytes("1"), ttl: ttl)
            try await run.subject.setMany(run.context, [names[2]: bytes("1")], ttl: ttl)
            try await run.subject.set(run.context, names[3], bytes("0"), ttl: nil)
            _ = try await run.subject.compareAndSet(
                run.context, names[3], expected: bytes("0"), bytes("1"), ttl: ttl)
            try await run.time.pass(1)
            try run.expect(try await run.subject.getMany(run.context, names).count, equals: 4, "before")
            try await run.time.pass(3)
            try run.expect(try await run.subject.getMany(run.context, names), equals: [:], "after")
            try run.expect(
                try await run.subject.add(run.context, names[0], bytes("2"), ttl: nil), equals: true,
                "add after the end")
        },
        Case("setting again restarts or removes the time to live", passesTime: true) { run in
            for (name, ttl) in [("longer", run.time.unit * 6), ("forever", Duration?.none)] {
                try await run.subject.set(run.context, run.key(name), bytes("1"), ttl: run.time.unit)
                try await run.subject.set(run.context, run.key(name), bytes("2"), ttl: ttl)
            }
            try await run.time.pass(3)
            for name in ["longer", "forever"] {
                try run.expect(try await run.subject.get(run.context, run.key(name)), equals: bytes("2"), name)
            }
        },
        Case("a time to live of zero or less leaves no value") { run in
            for ttl in [Duration.zero, .seconds(-1), .seconds(Int64.min)] {
                try await run.subject.set(run.context, run.key("a"), bytes("1"), ttl: nil)
                try await run.subject.set(run.context, run.key("a"), bytes("2"), ttl: ttl)
                try run.expect(try await run.subject.get(run.context, run.key("a")), equals: nil, "get")
            }
        },
        Case("a time to live below the store's resolution expires without an error", passesTime: true) { run in
            let (ttl, names) = (Duration.microseconds(100), ["set", "add", "many", "swap"].map(run.key))
            try await run.subject.set(run.context, names[0], bytes("1"), ttl: ttl)
            try run.expect(
                try await run.subject.add(run.context, names[1], bytes("1"), ttl: ttl), equals: true, "add")
            try await run.subject.setMany(run.context, [names[2]: bytes("1")], ttl: ttl)
            try await run.subject.set(run.context, names[3], bytes("0"), ttl: nil)
            try run.expect(
                try await run.subject.compareAndSet(
                    run.context, names[3], expected: bytes("0"), bytes("1"), ttl: ttl),
                equals: true, "compareAndSet")
            try await run.time.pass(2)
            try run.expect(try await run.subject.getMany(run.context, names), equals: [:], "after")
        },
        Case("a very long time to live is accepted") { run in
            for ttl in [Duration.seconds(40 * 86_400), .seconds(Int64.max)] {
                try await run.subject.set(run.context, run.key("a"), bytes("1"), ttl: ttl)
                try run.expect(try await run.subject.get(run.context, run.key("a")), equals: bytes("1"), "\(ttl)")
            }
        },
    ]

    private static let counters = [
        Case("a counter starts at zero and is stored as text") { run in
            let key = run.key("n")
            try run.expect(try await run.subject.increment(run.context, key, by: 1), equals: 1, "first")
            try run.expect(try await run.subject.increment(run.context, key, by: 41), equals: 42, "second")
            try run.expect(try await run.subject.increment(run.context, key, by: 0), equals: 42, "by nothing")
            try run.expect(try await run.subject.get(run.context, key), equals: bytes("42"), "get")
            if run.subject.capabilities.contains(.signedCounters) {
                try run.expect(try await run.subject.increment(run.context, key, by: -50), equals: -8, "below zero")
            }
        },
        Case("incrementing a value that is not a number is an error") { run in
            try await run.subject.set(run.context, run.key("n"), bytes("text"), ttl: nil)
            try await run.expect(code: "NOT_A_NUMBER") {
                _ = try await run.subject.increment(run.context, run.key("n"), by: 1)
            }
        },
        Case("a sum out of range is an error") { run in
            guard run.subject.capabilities.contains(.signedCounters) else { return }
            try await run.subject.set(run.context, run.key("n"), bytes("\(Int64.max)"), ttl: nil)
            try await run.expect(code: "OUT_OF_RANGE") {
                _ = try await run.subject.increment(run.context, run.key("n"), by: 1)
            }
        },
        Case("incrementing keeps the time to live", passesTime: true) { run in
            try await run.subject.set(run.context, run.key("n"), bytes("1"), ttl: run.time.unit * 2)
            _ = try await run.subject.increment(run.context, run.key("n"), by: 1)
            try await run.time.pass(4)
            try run.expect(try await run.subject.get(run.context, run.key("n")), equals: nil, "get")
        },
        Case("concurrent increments are not lost") { run in
            _ = try await successes(16) {
                for _ in 0..<20 { _ = try await run.subject.increment(run.context, run.key("n"), by: 1) }
                return true
            }
            try run.expect(try await run.subject.get(run.context, run.key("n")), equals: bytes("320"), "count")
        },
    ]

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func successes(
        _ tasks: Int = 8, _ body: @escaping @Sendable () async throws -> Bool
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks { group.addTask { try await body() ? 1 : 0 } }
            return try await group.reduce(0, +)
        }
    }
}
