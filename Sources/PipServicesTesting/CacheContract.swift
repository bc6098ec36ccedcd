import FoundationEssentials
import PipServices

/// The contract of every ``Cache``.
public struct CacheContract: Contract {
    private struct Item: Codable, Sendable, Equatable {
        var name: String
        var count: Int
        var tags: [String]?
    }

    private let keepsValues: Bool

    /// Creates the contract. A cache that stores nothing has fewer cases.
    public init(keepsValues: Bool = true) { self.keepsValues = keepsValues }

    /// The cases.
    public var cases: [ContractCase<any Cache>] { Self.always + (keepsValues ? Self.keeping : []) }

    private static let always: [ContractCase<any Cache>] = [
        ContractCase("a value that was never stored is nil") { run in
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: nil, "retrieve")
        },
        ContractCase("store returns the value") { run in
            try run.expect(
                try await run.subject.store(run.context, run.key("a"), Item(name: "x", count: 1)),
                equals: Item(name: "x", count: 1), "store")
        },
        ContractCase("a removed value is nil and can be removed again") { run in
            try await run.subject.store(run.context, run.key("a"), 1)
            for _ in 0..<2 { try await run.subject.remove(run.context, run.key("a")) }
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: nil, "retrieve")
        },
    ]

    private static let keeping: [ContractCase<any Cache>] = [
        ContractCase("values of all types are returned unchanged") { run in
            let values: [AnyValue] = [
                true, false, 0, -1, 9_007_199_254_740_993, 1.5, "", "text", "Grüße 🌍 \u{0}", [], [:], [1, "a", nil],
                ["x": [1, 2], "y": nil],
            ]
            for (index, value) in values.enumerated() {
                try await run.subject.store(run.context, run.key("\(index)"), value)
                try run.expect(
                    try await run.subject.retrieve(run.context, run.key("\(index)")), equals: value, "retrieve")
            }
        },
        ContractCase("typed values are returned unchanged") { run in
            let item = Item(name: "x", count: 1, tags: ["a", "b"])
            try await run.subject.store(run.context, run.key("a"), item)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a"), as: Item.self), equals: item, "retrieve")
        },
        ContractCase("exact numbers and URLs are returned unchanged") { run in
            let item = try ExactItem.sample()
            try await run.subject.store(run.context, run.key("a"), item)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a"), as: ExactItem.self), equals: item,
                "retrieve")
        },
        ContractCase("a value is returned as another compatible type") { run in
            try await run.subject.store(run.context, run.key("a"), Item(name: "x", count: 1))
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a"), as: [String: AnyValue].self),
                equals: ["name": "x", "count": 1], "typed as dynamic")
            try await run.subject.store(run.context, run.key("b"), ["name": "y", "count": 2] as AnyValue)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("b"), as: Item.self),
                equals: Item(name: "y", count: 2), "dynamic as typed")
        },
        ContractCase("reading a value as an incompatible type is an error") { run in
            try await run.subject.store(run.context, run.key("a"), "text")
            try await run.expect(code: "BAD_STORED_VALUE") {
                _ = try await run.subject.retrieve(run.context, run.key("a"), as: Item.self)
            }
        },
        ContractCase("storing again replaces the value") { run in
            try await run.subject.store(run.context, run.key("a"), "old")
            try await run.subject.store(run.context, run.key("a"), "new")
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: "new", "retrieve")
        },
        ContractCase("storing null or nil removes the value") { run in
            for isNil in [true, false] {
                try await run.subject.store(run.context, run.key("a"), 1)
                if isNil {
                    try await run.subject.store(run.context, run.key("a"), Int?.none)
                } else {
                    try await run.subject.store(run.context, run.key("a"), AnyValue.null)
                }
                try run.expect(
                    try await run.subject.retrieve(run.context, run.key("a")), equals: nil, "retrieve")
            }
        },
        ContractCase("keys are case-sensitive and compared as a whole") { run in
            try await run.subject.store(run.context, run.key("A"), 1)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: nil, "retrieve")
        },
        ContractCase("a value expires after its timeout, not before", passesTime: true) { run in
            try await run.subject.store(run.context, run.key("a"), 1, timeout: run.time.unit * 2)
            try await run.time.pass(1)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: 1, "before")
            try await run.time.pass(2)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: nil, "after")
        },
        ContractCase("storing again restarts the timeout", passesTime: true) { run in
            try await run.subject.store(run.context, run.key("a"), 1, timeout: run.time.unit)
            try await run.subject.store(run.context, run.key("a"), 2, timeout: run.time.unit * 4)
            try await run.time.pass(2)
            try run.expect(
                try await run.subject.retrieve(run.context, run.key("a")), equals: 2, "retrieve")
        },
        ContractCase("a timeout of zero or less means the default") { run in
            for timeout in [Duration.zero, .milliseconds(-1), .seconds(Int64.min)] {
                try await run.subject.store(run.context, run.key("a"), 1, timeout: timeout)
                try run.expect(
                    try await run.subject.retrieve(run.context, run.key("a")), equals: 1, "retrieve")
            }
        },
        ContractCase("many tasks can use the cache concurrently") { run in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<50 {
                            let key = run.key("\(task).\(number % 5)")
                            try await run.subject.store(run.context, key, number)
                            try run.expect(
                                try await run.subject.retrieve(run.context, key, as: Int.self), equals: number,
                                "retrieve")
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}
