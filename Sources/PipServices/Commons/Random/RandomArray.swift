/// Picks random elements (the toolkit's `RandomArray`), also of the cases of an enumeration: `RandomArray.pick(Kind.allCases)`.
public enum RandomArray {
    /// An element; nil when there is none.
    public static func pick<Elements: RandomAccessCollection>(
        _ elements: Elements, random: any RandomSource = SystemRandom()
    ) -> Elements.Element? {
        guard !elements.isEmpty else { return nil }
        return elements[elements.index(elements.startIndex, offsetBy: random.next(in: 0..<elements.count))]
    }
}
