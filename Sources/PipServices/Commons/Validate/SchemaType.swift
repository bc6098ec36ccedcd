/// What type a property, element or key must have: any, a kind of value, a kind by its name, or a schema.
public enum SchemaType: Sendable {
    /// Any value.
    case any
    /// A kind of value, as ``TypeMatcher`` tells kinds.
    case code(TypeCode)
    /// A kind by its name, such as `string` or `int`.
    case name(String)
    /// What a schema says.
    case schema(any Schema)

    /// Text.
    public static let string = SchemaType.code(.string)
    /// A truth value.
    public static let boolean = SchemaType.code(.boolean)
    /// A whole number.
    public static let integer = SchemaType.code(.integer)
    /// A 64-bit whole number.
    public static let long = SchemaType.code(.long)
    /// A single-precision number.
    public static let float = SchemaType.code(.float)
    /// A number.
    public static let double = SchemaType.code(.double)
    /// A point in time.
    public static let dateTime = SchemaType.code(.dateTime)
    /// A list.
    public static let array = SchemaType.code(.array)
    /// Values by name.
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
