import PipServices

/// The contract of every ``StateStore``.
public struct StateStoreContract: Contract {
    private struct Progress: Codable, Sendable, Equatable {
        var step: Int
        var note: String?
    }

    private let keepsStates: Bool

    /// Creates the contract. A store that stores nothing has fewer cases.
    public init(keepsStates: Bool = true) { self.keepsStates = keepsStates }

    /// The cases.
    public var cases: [ContractCase<any StateStore>] { Self.always + (keepsStates ? Self.keeping : []) }

    private static let always: [ContractCase<any StateStore>] = [
        ContractCase("a state that was never saved is nil") { run in
            try run.expect(try await run.subject.load(run.context, run.key("a")), equals: nil, "load")
            try run.expect(try await run.subject.delete(run.context, run.key("a")), equals: nil, "delete")
        },
        ContractCase("save returns the state") { run in
            try run.expect(
                try await run.subject.save(run.context, run.key("a"), Progress(step: 1)), equals: Progress(step: 1),
                "save")
        },
        ContractCase("loading no keys returns no states") { run in
            try run.expect(try await run.subject.loadBulk(run.context, []), equals: [], "loadBulk")
        },
    ]

    private static let keeping: [ContractCase<any StateStore>] = [
        ContractCase("states of all types are returned unchanged") { run in
            let values: [AnyValue] = [
                true, 0, -1, 9_007_199_254_740_993, 1.5, "", "Grüße 🌍", [], [:], ["x": [1, nil]],
            ]
            for (index, value) in values.enumerated() {
                try await run.subject.save(run.context, run.key("\(index)"), value)
                try run.expect(
                    try await run.subject.load(run.context, run.key("\(index)")), equals: value, "load")
            }
        },
        ContractCase("typed states are returned unchanged, or as a compatible type") { run in
            try await run.subject.save(run.context, run.key("a"), Progress(step: 1, note: "n"))
            try run.expect(
                try await run.subject.load(run.context, run.key("a"), as: Progress.self),
                equals: Progress(step: 1, note: "n"), "typed")
            try run.expect(
                try await run.subject.load(run.context, run.key("a")), equals: ["step": 1, "note": "n"], "dynamic")
        },
        ContractCase("exact numbers and URLs are returned unchanged") { run in
            let item = try ExactItem.sample()
            try await run.subject.save(run.context, run.key("a"), item)
            try run.expect(
                try await run.subject.load(run.context, run.key("a"), as: ExactItem.self), equals: item, "load")
        },
        ContractCase("loading a state as an incompatible type is an error") { run in
            try await run.subject.save(run.context, run.key("a"), "text")
            try await run.expect(code: "BAD_STORED_VALUE") {
                _ = try await run.subject.load(run.context, run.key("a"), as: Progress.self)
            }
            try await run.expect(code: "BAD_STORED_VALUE") {
                _ = try await run.subject.delete(run.context, run.key("a"), as: Progress.self)
            }
            try run.expect(
                try await run.subject.load(run.context, run.key("a")), equals: nil, "load after delete")
        },
        ContractCase("saving again replaces the state") { run in
            for step in 1...2 { try await run.subject.save(run.context, run.key("a"), Progress(step: step)) }
            try run.expect(
                try await run.subject.load(run.context, run.key("a"), as: Progress.self), equals: Progress(step: 2),
                "load")
        },
        ContractCase("saving null or nil deletes the state") { run in
            for isNil in [true, false] {
                try await run.subject.save(run.context, run.key("a"), 1)
                if isNil {
                    try await run.subject.save(run.context, run.key("a"), Int?.none)
                } else {
                    try await run.subject.save(run.context, run.key("a"), AnyValue.null)
                }
                try run.expect(try await run.subject.load(run.context, run.key("a")), equals: nil, "load")
            }
        },
        ContractCase("delete returns the state once") { run in
            try await run.subject.save(run.context, run.key("a"), 123)
            try run.expect(
                try await run.subject.delete(run.context, run.key("a"), as: Int.self), equals: 123, "delete")
            try run.expect(
                try await run.subject.delete(run.context, run.key("a"), as: Int.self), equals: nil, "delete again")
            try run.expect(try await run.subject.load(run.context, run.key("a")), equals: nil, "load")
        },
        ContractCase("a bulk load keeps the order of the keys, including missing and repeated ones") { run in
            let (one, two, none) = (run.key("1"), run.key("2"), run.key("none"))
            try await run.subject.save(run.context, one, 1)
            try await run.subject.save(run.context, two, 2)
            try run.expect(
                try await run.subject.loadBulk(run.context, [two, none, one, two], as: Int.self),
                equals: [StateValue(two, 2), StateValue(none, nil), StateValue(one, 1), StateValue(two, 2)],
                "loadBulk")
        },
        ContractCase("keys are case-sensitive and compared as a whole") { run in
            try await run.subject.save(run.context, run.key("A"), 1)
            try run.expect(try await run.subject.load(run.context, run.key("a")), equals: nil, "load")
        },
        ContractCase("a state is deleted by one task only") { run in
            try await run.subject.save(run.context, run.key("a"), 1)
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await run.subject.delete(run.context, run.key("a"), as: Int.self) ?? 0 }
                }
                return try await group.reduce(0, +)
            }
            try run.expect(winners, equals: 1, "how many got it")
        },
    ]
}
