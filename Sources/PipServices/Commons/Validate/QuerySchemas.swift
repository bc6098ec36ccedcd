/// The schema of filter parameters: a map with any values (the toolkit's `FilterParamsSchema`).
public struct FilterParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a map.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        MapSchema(.string).validateShape(path: path, value: value, results: &results)
    }
}

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

/// The schema of paging by tokens: a string `token`, a number `take` and a Boolean `total`, all optional (the toolkit's
/// `TokenizedPagingParamsSchema`).
public struct TokenizedPagingParamsSchema: Schema {
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

    static let shape = ObjectSchema().withOptionalProperty("token", .string).withOptionalProperty("take", .long)
        .withOptionalProperty("total", .boolean)
}

/// The schema of sort parameters: a list of fields (the toolkit's `SortParamsSchema`).
public struct SortParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a list of fields.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ArraySchema(.schema(SortFieldSchema()))
}

/// The schema of a sort field: a string `name` and a Boolean `ascending`, both optional (the toolkit's
/// `SortFieldSchema`).
public struct SortFieldSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the field.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks the two properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ObjectSchema().withOptionalProperty("name", .string).withOptionalProperty("ascending", .boolean)
}

/// The schema of projection parameters: a list of strings (the toolkit's `ProjectionParamsSchema`).
public struct ProjectionParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a list of strings.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ArraySchema(.string)
}
