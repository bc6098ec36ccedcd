/// A map from characters to values, set by ranges (the toolkit's `CharReferenceMap`).
///
/// Later ranges override earlier ones. A range that ends at U+FFFE or above includes all characters beyond it.
public struct CharReferenceMap<Reference: Sendable>: Sendable {
    private var initial = [Reference?](repeating: nil, count: 256)
    private var others: [(range: ClosedRange<UInt32>, reference: Reference?)] = []

    /// Creates an empty map.
    public init() {}

    /// Sets the value of a range of characters; nil for none.
    public mutating func addInterval(_ range: ClosedRange<Unicode.Scalar>, _ reference: Reference?) {
        let first = range.lowerBound.value
        let last = range.upperBound.value >= 0xFFFE ? 0x10FFFF : range.upperBound.value
        for index in Int(first)..<max(Int(first), min(256, Int(last) + 1)) { initial[index] = reference }
        guard last >= 256 else { return }
        let above = max(first, 256)...last
        // Removes hidden ranges, so that repeated changes of the same ranges use no additional memory.
        others.removeAll { above.contains($0.range.lowerBound) && above.contains($0.range.upperBound) }
        others.insert((above, reference), at: 0)
    }

    /// Sets the value of all characters.
    public mutating func addDefaultInterval(_ reference: Reference?) { addInterval("\0"..."\u{10FFFF}", reference) }

    /// Removes all ranges.
    public mutating func clear() { self = Self() }

    /// Returns the value of a character, or nil.
    public func lookup(_ character: Unicode.Scalar) -> Reference? {
        if character.value < 256 { return initial[Int(character.value)] }
        return others.first { $0.range.contains(character.value) }?.reference
    }
}
