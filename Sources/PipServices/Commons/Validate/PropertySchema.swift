/// The schema of a property of an object: its name, its type, and whether it is required (the toolkit's
/// `PropertySchema`).
public struct PropertySchema: Schema {
    /// The name of the property.
    public var name: String
    /// The type of its value.
    public var type: SchemaType
    /// True if a value is required.
    public var isRequired: Bool
    /// Rules for the value.
    public var rules: [any ValidationRule]

    /// Creates the schema of a property.
    public init(_ name: String, _ type: SchemaType, required: Bool = false, rules: [any ValidationRule] = []) {
        self.name = name
        self.type = type
        isRequired = required
        self.rules = rules
    }

    /// Checks the type of the value.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        type.validate(path: path, value: value, results: &results)
    }
}
