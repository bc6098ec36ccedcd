import FoundationEssentials
import PipServices

/// A case in which this project does on purpose what no recorded result says. Each is counted and printed with its
/// reason, and holds only while the module does what was decided.
struct VectorDecision: Sendable {
    let area: String
    let ops: [String]
    let reason: String
    /// The inputs that it is about.
    let applies: @Sendable (VectorInput) -> Bool
    /// True for the result that was decided.
    let isOurs: @Sendable (VectorInput, AnyValue) -> Bool

    static func find(_ area: String, _ op: String, _ input: VectorInput, _ got: AnyValue) -> VectorDecision? {
        all.first { $0.area == area && $0.ops.contains(op) && $0.applies(input) && $0.isOurs(input, got) }
    }

    /// What holds for all cases of an area.
    static let notes = [
        "http": "the header Access-Control-Allow-Origin is *, as Node's, where the recorded server sends it empty"
    ]

    static let all =
        reflection + values + errors + queries + persistence + observability + http + mustache + expressions + connect
}
