/// Something for each character, set by ranges (the toolkit's `CharReferenceMap`).
///
/// A range set later hides earlier ones. A range that ends at U+FFFE or beyond holds all characters above as well.
public struct CharReferenceMap<Reference: Sendable>: Sendable {
    private var initial = [Reference?](repeating: nil, count: 256)
    private var others: [(range: ClosedRange<UInt32>, reference: Reference?)] = []

    /// Creates an empty map.
    public init() {}

    /// Sets what belongs to a range of characters; nil for nothing.
    public mutating func addInterval(_ range: ClosedRange<Unicode.Scalar>, _ reference: Reference?) {
        let first = range.lowerBound.value
        let last = range.upperBound.value >= 0xFFFE ? 0x10FFFF : range.upperBound.value
        for index in Int(first)..<max(Int(first), min(256, Int(last) + 1)) { initial[index] = reference }
        guard last >= 256 else { return }
        let above = max(first, 256)...last
        // What is hidden altogether goes, so that setting the same ranges over and over costs nothing.
        others.removeAll { above.contains($0.range.lowerBound) && above.contains($0.range.upperBound) }
        others.insert((above, reference), at: 0)
    }

    /// Sets what belongs to all characters.
    public mutating func addDefaultInterval(_ reference: Reference?) { addInterval("\0"..."\u{10FFFF}", reference) }

    /// Forgets all ranges.
    public mutating func clear() { self = Self() }

    /// What belongs to a character; nil for nothing.
    public func lookup(_ character: Unicode.Scalar) -> Reference? {
        if character.value < 256 { return initial[Int(character.value)] }
        return others.first { $0.range.contains(character.value) }?.reference
    }
}
