/// Picks random elements (the toolkit's `RandomArray`). It also works for the cases of an enumeration:
/// `RandomArray.pick(Kind.allCases)`.
public enum RandomArray {
    /// Returns a random element; nil if the collection is empty.
    public static func pick<Elements: RandomAccessCollection>(
        _ elements: Elements, random: any RandomSource = SystemRandom()
    ) -> Elements.Element? {
        guard !elements.isEmpty else { return nil }
        return elements[elements.index(elements.startIndex, offsetBy: random.next(in: 0..<elements.count))]
    }
}
