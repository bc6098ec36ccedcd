/// The schema of paging by tokens: `token` is text, `take` a number, `total` a truth value, all optional (the
/// toolkit's `TokenizedPagingParamsSchema`).
public struct TokenizedPagingParamsSchema: Schema {
    /// True when there must be a value.
    public var isRequired = false
    /// Conditions on the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks the three properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ObjectSchema().withOptionalProperty("token", .string).withOptionalProperty("take", .long)
        .withOptionalProperty("total", .boolean)
}
