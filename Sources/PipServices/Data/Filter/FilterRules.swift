/// Converts the ``FilterParams`` of a request to a ``Filter``. It defines the allowed keys and the meaning of each.
///
/// ```swift
/// struct Invoice: Codable, SnakeCaseKeys, Sendable {
///     var id, customerId: String
///     var note: String?
/// }
/// let rules = FilterRules<Invoice>(
///     equals: \.id, \.customerId, and: .contains(Field(\.note)), .oneOf(Field(\.id), key: "ids"))
/// let filter = try rules.filter(context, params)
/// ```
/// All keys in the request must match. A key without a value, or with an empty one, is ignored.
public struct FilterRules<Item: Sendable>: Sendable {
    private let rules: [FilterRule<Item>]
    private let isStrict: Bool

    /// Creates rules.
    /// - Parameter strict: true to reject unknown keys; otherwise they are ignored, as in the other editions.
    public init(strict: Bool = false, _ rules: FilterRule<Item>...) {
        self.rules = rules
        isStrict = strict
    }

    /// Creates rules for equality of fields, with the fields' names as keys, and further rules.
    /// - Parameters:
    ///   - strict: true to reject unknown keys.
    ///   - fields: the fields, see ``Field``. Enumerations that do not conform to ``FilterText`` need separate rules.
    ///   - rules: further rules.
    public init<each Value: FilterText>(
        strict: Bool = false, equals fields: repeat KeyPath<Item, each Value> & Sendable, and rules: FilterRule<Item>...
    ) where Item: Decodable {
        var all: [FilterRule<Item>] = []
        repeat all.append(.equals(Field(each fields)))
        self.rules = all + rules
        isStrict = strict
    }

    /// The keys.
    public var keys: [String] { rules.map(\.key) }

    /// The keys as optional properties, for the documented query of a route, such as `rules.properties + .paging`.
    public var properties: [PropertySchema] { keys.map { PropertySchema($0, .string) } }

    /// Converts parameters to a filter.
    /// - Throws: BadRequest `BAD_FILTER` for a malformed value, `UNKNOWN_FILTER` for an unknown key with strict rules;
    ///   as ``check()``.
    public func filter(_ context: Context, _ params: FilterParams) throws(ApplicationError) -> Filter<Item> {
        if let problem { throw problem.withTraceId(context.traceId) }
        if isStrict, let unknown = params.keys.first(where: { !keys.contains(sameAs: $0) }) {
            throw .badRequest(
                code: "UNKNOWN_FILTER",
                "Unknown filter '\(unknown.shortened)'" + NearestName.hint(for: unknown.shortened, among: keys),
                traceId: context.traceId, details: ["key": .string(unknown), "known": .array(keys.map { .string($0) })])
        }
        var filters: [Filter<Item>] = []
        for rule in rules {
            guard let text = params[rule.key], !text.isEmpty else { continue }
            guard let filter = rule.read(text) else {
                throw .badRequest(
                    code: "BAD_FILTER", "The filter '\(rule.key)' must be \(rule.expected), got '\(text.shortened)'",
                    traceId: context.traceId,
                    details: ["key": .string(rule.key), "value": .string(text), "expected": .string(rule.expected)])
            }
            filters.append(filter)
        }
        return .all(of: filters)
    }

    /// Checks that each field has a name.
    /// - Throws: Internal `NO_FIELD_NAME`, see ``Field``.
    public func check() throws(ApplicationError) { if let problem { throw problem } }

    private var problem: ApplicationError? { rules.lazy.compactMap(\.problem).first }
}
