import FoundationEssentials

extension VariantOperations {
    /// Returns whether the values are equal. Null equals only null.
    public func equal(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        .boolean(try isEqual(left, right, "'='"))
    }

    /// Returns whether the values differ.
    public func notEqual(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        .boolean(try !isEqual(left, right, "'<>'"))
    }

    /// Returns whether the first value is greater. Strings are compared by their UTF-16 code units.
    public func more(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, _), .timeSpans(let left, let right): .boolean(left > right)
        case .floats(let left, let right), .doubles(let left, let right): .boolean(left > right)
        case .strings(let left, let right): .boolean(precedes(right, left))
        case .dateTimes(let left, let right): .boolean(left > right)
        default: throw VariantError.operation("'>'", left.type)
        }
    }

    /// Returns whether the first value is less than the second.
    public func less(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, _), .timeSpans(let left, let right): .boolean(left < right)
        case .floats(let left, let right), .doubles(let left, let right): .boolean(left < right)
        case .strings(let left, let right): .boolean(precedes(left, right))
        case .dateTimes(let left, let right): .boolean(left < right)
        default: throw VariantError.operation("'<'", left.type)
        }
    }

    /// Returns whether the first value is greater than or equal to the second.
    public func moreEqual(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, _), .timeSpans(let left, let right): .boolean(left >= right)
        case .floats(let left, let right), .doubles(let left, let right): .boolean(left >= right)
        case .strings(let left, let right): .boolean(!precedes(left, right))
        case .dateTimes(let left, let right): .boolean(left >= right)
        default: throw VariantError.operation("'>='", left.type)
        }
    }

    /// Returns whether the first value is less than or equal to the second.
    public func lessEqual(_ left: Variant, _ right: Variant) throws(ApplicationError) -> Variant {
        switch try operands(left, right) {
        case .null: .null
        case .integers(let left, let right, _), .timeSpans(let left, let right): .boolean(left <= right)
        case .floats(let left, let right), .doubles(let left, let right): .boolean(left <= right)
        case .strings(let left, let right): .boolean(!precedes(right, left))
        case .dateTimes(let left, let right): .boolean(left <= right)
        default: throw VariantError.operation("'<='", left.type)
        }
    }

    /// Returns whether a list contains an element; for other types, whether the value equals the element.
    public func `in`(_ container: Variant, _ element: Variant) throws(ApplicationError) -> Variant {
        if container.isNull || element.isNull { return .null }
        if container.isEmpty { return .boolean(false) }
        guard case .array(let values) = container else { return try equal(container, element) }
        for value in values where try isEqual(element, value, "IN") { return .boolean(true) }
        return .boolean(false)
    }

    /// Returns the element of a list, or the character of a string, at a 0-based index.
    ///
    /// In a list, a negative index returns null, and one past the end throws `BadRequest` with `INDEX_OUT_OF_RANGE`. In
    /// a string, both return an empty string.
    public func getElement(_ container: Variant, _ index: Variant) throws(ApplicationError) -> Variant {
        if container.isNull || index.isNull { return .null }
        let position = try integer(index)
        switch container {
        case .array(let values):
            if position < 0 { return .null }
            guard position < values.count else {
                throw .badRequest(code: "INDEX_OUT_OF_RANGE", "The list has no element at the index")
            }
            return values[Int(position)]
        case .string(let text):
            // UTF-16 indices as in JavaScript, so that all editions find the same character.
            let units = text.utf16
            guard position >= 0, position < units.count,
                let scalar = text.unicodeScalars[from: units.index(units.startIndex, offsetBy: Int(position))]
            else { return .string("") }
            return .string(String(scalar))
        default: throw VariantError.operation("'[]'", container.type)
        }
    }

    // MARK: - Internal

    private func isEqual(_ left: Variant, _ right: Variant, _ name: String) throws(ApplicationError) -> Bool {
        switch try operands(left, right) {
        case .null: left.isNull && right.isNull
        case .integers(let left, let right, _), .timeSpans(let left, let right): left == right
        case .floats(let left, let right), .doubles(let left, let right): left == right
        case .strings(let left, let right): left.utf8.elementsEqual(right.utf8)
        case .booleans(let left, let right): left == right
        case .dateTimes(let left, let right): left == right
        case .objects(let left, let right): left == right
        case .other: throw VariantError.operation(name, left.type)
        }
    }

    private func precedes(_ left: String, _ right: String) -> Bool { left.utf16.lexicographicallyPrecedes(right.utf16) }
}

extension String.UnicodeScalarView {
    /// The scalar at a UTF-16 index. The second half of a surrogate pair returns the whole character.
    fileprivate subscript(from index: Index) -> Unicode.Scalar? { index < endIndex ? self[index] : nil }
}
