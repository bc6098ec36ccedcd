import FoundationEssentials
import PipServices

/// A case in which this project does on purpose what no recorded result says. Each is counted and printed with its
/// reason, and holds only while the module does what was decided.
struct VectorDecision: Sendable {
    /// What came of a case.
    struct Outcome {
        let input: VectorInput
        /// The first recorded result.
        let recorded: AnyValue
        let got: AnyValue
        /// Compares a result with the one that was got, as the operation does.
        let accepts: (AnyValue) -> Bool
    }

    let area: String
    let ops: [String]
    let reason: String
    /// The inputs that it is about.
    let applies: @Sendable (VectorInput) -> Bool
    /// True for what was decided.
    private let holds: @Sendable (Outcome) -> Bool

    /// - Parameter isOurs: true for the result that was decided.
    init(
        area: String, ops: [String], reason: String, applies: @escaping @Sendable (VectorInput) -> Bool,
        isOurs: @escaping @Sendable (VectorInput, AnyValue) -> Bool
    ) {
        self.area = area
        self.ops = ops
        self.reason = reason
        self.applies = applies
        holds = { isOurs($0.input, $0.got) }
    }

    /// - Parameter changing: makes of the recorded result what was decided. All else has to be as it was recorded.
    init(
        area: String, ops: [String], reason: String, applies: @escaping @Sendable (VectorInput) -> Bool,
        changing: @escaping @Sendable (AnyValue) -> AnyValue
    ) {
        self.area = area
        self.ops = ops
        self.reason = reason
        self.applies = applies
        holds = { $0.accepts(changing($0.recorded)) }
    }

    static func find(_ area: String, _ op: String, _ outcome: Outcome) -> VectorDecision? {
        all.first { $0.area == area && $0.ops.contains(op) && $0.applies(outcome.input) && $0.holds(outcome) }
    }

    /// What holds for all cases of an area.
    static let notes = [
        "http": "the header Access-Control-Allow-Origin is *, as Node's, where the recorded server sends it empty"
    ]

    static let all =
        reflection + values + errors + queries + persistence + observability + http + mustache + expressions + connect
        + messaging + grpc
}
