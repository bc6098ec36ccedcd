import PipServices
import Testing

/// Runs the cases of an area and counts.
struct VectorRun: Sendable {
    let area: String
    let count: Int
    private(set) var passed = 0
    private(set) var notBuilt = VectorTally()
    private(set) var decided = VectorTally()

    init(_ area: VectorArea) async throws {
        self.area = area.name
        count = area.cases.count
        let operations = VectorOperation.all[area.name] ?? [:]
        for vector in area.cases {
            guard let operation = operations[vector.op] else {
                notBuilt.add(vector.op)
                continue
            }
            try await run(vector, operation)
        }
    }

    private mutating func run(_ vector: VectorCase, _ operation: VectorOperation) async throws {
        let input = VectorInput(VectorValue.decode(vector.input))
        let got: AnyValue
        do {
            got = try await operation.run(input)
        } catch let error as VectorOperation.NotBuilt {
            notBuilt.add("\(vector.op) (\(error.what))")
            return
        } catch let error as VectorInput.Unclear {
            Issue.record("\(vector.id) \(vector.op): the suite does not understand its input: \(error.what)")
            return
        } catch {
            got = VectorValue.error(error)
        }
        let accepted = vector.accepted.map(VectorValue.decode)
        let outcome = VectorDecision.Outcome(
            input: input, recorded: accepted.first ?? .null, got: got, accepts: { operation.accepts($0, got) })
        if accepted.contains(where: outcome.accepts) {
            passed += 1
        } else if let decision = VectorDecision.find(area, vector.op, outcome) {
            decided.add("\(vector.op): \(decision.reason)")
        } else {
            let expected = vector.accepted.map(JSONConverter.toJSON).joined(separator: "\n   or     ")
            Issue.record(
                """
                \(vector.id) \(vector.op)
                   in     \(JSONConverter.toJSON(vector.input))
                   expect \(expected)
                   got    \(JSONConverter.toJSON(got))
                """)
        }
    }

    /// What is not built and what was decided otherwise, and the closing line.
    var report: String {
        var lines: [String] = []
        if notBuilt.total > 0 {
            let names = notBuilt.counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
            lines.append("\(area): skipped, since not built: \(names)")
        }
        lines += decided.counts.map { "\(area): decided otherwise in \($0.count) of \($0.name)" }
        if let note = VectorDecision.notes[area] { lines.append("\(area): decided otherwise throughout: \(note)") }
        return lines.joined(separator: "\n")
    }

    /// `AREA passed N of M, K not built`.
    var line: String { "\(area) passed \(passed) of \(count), \(notBuilt.total) not built" }
}

/// Counts by name, in the order of first appearance.
struct VectorTally: Sendable {
    private(set) var counts: [(name: String, count: Int)] = []

    var total: Int { counts.reduce(0) { $0 + $1.count } }

    mutating func add(_ name: String) {
        if let index = counts.firstIndex(where: { $0.name == name }) {
            counts[index].count += 1
        } else {
            counts.append((name, 1))
        }
    }
}
