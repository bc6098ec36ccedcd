/// Operations with widening conversions only (the toolkit's `TypeSafeVariantOperations`): from `integer` to `long`,
/// `float` and `double`, from `long` to `float` and `double`, from `float` to `double`.
public struct TypeSafeVariantOperations: VariantOperations {
    /// Creates the operations.
    public init() {}

    /// Converts a variant. Throws `BadRequest` with `CONV_NOT_SUPPORTED`.
    public func convert(_ value: Variant, to type: VariantType) throws(ApplicationError) -> Variant {
        if type == value.type || type == .object { return value }
        switch (value, type) {
        case (_, .null): return .null
        case (.integer(let number), .long): return .long(number)
        case (.integer(let number), .float), (.long(let number), .float): return .float(Double(number))
        case (.integer(let number), .double), (.long(let number), .double): return .double(Double(number))
        case (.float(let number), .double): return .double(number)
        case (.object, _): return value
        default: throw VariantError.conversion(value.type, type)
        }
    }
}
