/// The type of a property, element or key in a schema: any type, a basic type, a named type, or a schema.
public enum SchemaType: Sendable {
    /// Any value.
    case any
    /// A basic type, matched as in ``TypeMatcher``.
    case code(TypeCode)
    /// A type by name, such as `string` or `int`.
    case name(String)
    /// The type that a schema describes.
    case schema(any Schema)

    /// A string.
    public static let string = SchemaType.code(.string)
    /// A Boolean.
    public static let boolean = SchemaType.code(.boolean)
    /// An integer.
    public static let integer = SchemaType.code(.integer)
    /// A 64-bit integer.
    public static let long = SchemaType.code(.long)
    /// A single-precision number.
    public static let float = SchemaType.code(.float)
    /// A double-precision number.
    public static let double = SchemaType.code(.double)
    /// A date.
    public static let dateTime = SchemaType.code(.dateTime)
    /// A list.
    public static let array = SchemaType.code(.array)
    /// A map from names to values.
    public static let map = SchemaType.code(.map)

    // MARK: - Internal

    func validate(path: String, value: AnyValue, results: inout [ValidationResult]) {
        switch self {
        case .schema(let schema): schema.performValidation(path: path, value: value, results: &results)
        case _ where value.isNull, .any: break
        case .code(let code):
            guard !TypeMatcher.matchValue(code, value) else { return }
            mismatch(path, code.description, value, &results)
        case .name(let name):
            guard !TypeMatcher.matchValue(name, value) else { return }
            mismatch(path, name, value, &results)
        }
    }

    private func mismatch(
        _ path: String, _ expected: String, _ value: AnyValue, _ results: inout [ValidationResult]
    ) {
        let actual = TypeConverter.toTypeCode(value).description
        results.append(
            .error(
                path, "TYPE_MISMATCH", "\(path.named) type must be \(expected) but found \(actual)",
                expected: .string(expected), actual: .string(actual)))
    }
}
