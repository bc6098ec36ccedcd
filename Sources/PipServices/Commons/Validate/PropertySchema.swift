/// A property of an object: its name, type, and whether it must be there (the toolkit's `PropertySchema`).
public struct PropertySchema: Schema {
    /// The property's name.
    public var name: String
    /// What type its value must have.
    public var type: SchemaType
    /// True when there must be a value.
    public var isRequired: Bool
    /// Conditions on the value.
    public var rules: [any ValidationRule]

    /// Creates the schema of a property.
    public init(_ name: String, _ type: SchemaType, required: Bool = false, rules: [any ValidationRule] = []) {
        self.name = name
        self.type = type
        isRequired = required
        self.rules = rules
    }

    /// Checks the value's type.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        type.validate(path: path, value: value, results: &results)
    }
}
