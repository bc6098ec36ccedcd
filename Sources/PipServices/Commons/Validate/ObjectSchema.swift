/// The schema of an object with named properties (the toolkit's `ObjectSchema`).
///
/// ```swift
/// ObjectSchema().withRequiredProperty("site_id", .string).withOptionalProperty("radius", .double)
/// ```
/// An unknown property causes a warning, unless undefined properties are allowed.
public struct ObjectSchema: Schema {
    /// The properties.
    public var properties: [PropertySchema]
    /// True if other properties are allowed.
    public var isUndefinedAllowed: Bool
    /// True if a value is required.
    public var isRequired: Bool
    /// Rules for the object.
    public var rules: [any ValidationRule]
    /// True for a schema of ``DerivedSchema``. Other properties are allowed, because decoding drops them.
    var isDerived = false
    /// Why the type may have more fields than ``DerivedSchema`` found; nil if the list is complete or the schema is not
    /// derived.
    var gap: String?

    /// Creates a schema without properties.
    public init(allowUndefined: Bool = false, required: Bool = false, rules: [any ValidationRule] = []) {
        properties = []
        isUndefinedAllowed = allowUndefined
        isRequired = required
        self.rules = rules
    }

    /// Returns a copy of the schema that allows or forbids other properties.
    public func allowUndefined(_ allow: Bool) -> Self { with { $0.isUndefinedAllowed = allow } }

    /// Returns a copy of the schema with one more property.
    public func withProperty(_ property: PropertySchema) -> Self { with { $0.properties.append(property) } }

    /// Returns a copy of the schema with a required property.
    public func withRequiredProperty(_ name: String, _ type: SchemaType, _ rules: any ValidationRule...) -> Self {
        withProperty(PropertySchema(name, type, required: true, rules: rules))
    }

    /// Returns a copy of the schema with an optional property.
    public func withOptionalProperty(_ name: String, _ type: SchemaType, _ rules: any ValidationRule...) -> Self {
        withProperty(PropertySchema(name, type, rules: rules))
    }

    /// Checks the properties. A value other than an object is checked as an object without properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        let values = MapConverter.toMap(value)
        for property in properties {
            property.performValidation(
                path: path.appending(path: property.name), value: values[property.name] ?? .null, results: &results)
        }
        guard !isUndefinedAllowed else { return }
        for name in values.keys where !properties.contains(where: { $0.name.isSame(as: name) }) {
            results.append(
                ValidationResult(
                    path: path.appending(path: name), type: .warning, code: "UNEXPECTED_PROPERTY",
                    message: "\(path.named) contains unexpected property \(name)", expected: .null,
                    actual: .string(name)))
        }
    }
}
