/// An object with named properties (the toolkit's `ObjectSchema`).
///
/// ```swift
/// ObjectSchema().withRequiredProperty("site_id", .string).withOptionalProperty("radius", .double)
/// ```
/// A property that the schema does not name is a warning, unless undefined ones are allowed.
public struct ObjectSchema: Schema {
    /// The known properties.
    public var properties: [PropertySchema]
    /// True when other properties are fine.
    public var isUndefinedAllowed: Bool
    /// True when there must be a value.
    public var isRequired: Bool
    /// Conditions on the object.
    public var rules: [any ValidationRule]
    /// True for one that ``DerivedSchema`` found: others are allowed since decoding drops them.
    var isDerived = false
    /// Why the type may have more fields than ``DerivedSchema`` found; nil if these are all, or the schema is not derived.
    var gap: String?

    /// Creates a schema without properties.
    public init(allowUndefined: Bool = false, required: Bool = false, rules: [any ValidationRule] = []) {
        properties = []
        isUndefinedAllowed = allowUndefined
        isRequired = required
        self.rules = rules
    }

    /// The same schema that allows other properties, or does not.
    public func allowUndefined(_ allow: Bool) -> Self { with { $0.isUndefinedAllowed = allow } }

    /// The same schema with one more property.
    public func withProperty(_ property: PropertySchema) -> Self { with { $0.properties.append(property) } }

    /// The same schema with a property that must be there.
    public func withRequiredProperty(_ name: String, _ type: SchemaType, _ rules: any ValidationRule...) -> Self {
        withProperty(PropertySchema(name, type, required: true, rules: rules))
    }

    /// The same schema with a property that may be missing.
    public func withOptionalProperty(_ name: String, _ type: SchemaType, _ rules: any ValidationRule...) -> Self {
        withProperty(PropertySchema(name, type, rules: rules))
    }

    /// Checks the properties. A value that is no object counts as one without properties.
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
