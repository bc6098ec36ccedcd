/// The schema of paging parameters: numbers `skip` and `take` and a Boolean `total`, all optional (the toolkit's
/// `PagingParamsSchema`).
public struct PagingParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks the three properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ObjectSchema().withOptionalProperty("skip", .long).withOptionalProperty("take", .long)
        .withOptionalProperty("total", .boolean)
}
