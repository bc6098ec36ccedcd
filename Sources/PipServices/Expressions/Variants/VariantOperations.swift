/// The operations on variants (the toolkit's `IVariantOperations` and `AbstractVariantOperations`).
///
/// An implementation defines only the conversions: ``TypeUnsafeVariantOperations`` converts wherever possible,
/// ``TypeSafeVariantOperations`` only without loss.
///
/// The second operand is converted to the type of the first, so `1 + 2.5` is 3 and `2.5 + 1` is 3.5. A null operand
/// makes the result null. An unsupported operation throws `BadRequest` with `OP_NOT_SUPPORTED`, an unsupported
/// conversion `CONV_NOT_SUPPORTED`. Integers that overflow 64 bits become doubles; durations throw `OUT_OF_RANGE`.
public protocol VariantOperations: Sendable {
    /// Converts a variant. Throws `BadRequest` with `CONV_NOT_SUPPORTED`.
    func convert(_ value: Variant, to type: VariantType) throws(ApplicationError) -> Variant
}

// MARK: - Internal

/// The errors of operations.
enum VariantError {
    static func operation(_ name: String, _ type: VariantType) -> ApplicationError {
        .badRequest(
            code: "OP_NOT_SUPPORTED", "Operation \(name) is not supported for type \(type)",
            details: ["operation": .string(name), "type": .string("\(type)")])
    }

    static func conversion(_ from: VariantType, _ to: VariantType) -> ApplicationError {
        .badRequest(
            code: "CONV_NOT_SUPPORTED", "Conversion from \(from) to \(to) is not supported",
            details: ["from": .string("\(from)"), "to": .string("\(to)")])
    }

    static func outOfRange(_ what: String) -> ApplicationError {
        .badRequest(code: "OUT_OF_RANGE", "\(what) is out of range")
    }
}
