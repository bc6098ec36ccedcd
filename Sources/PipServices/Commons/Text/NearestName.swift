/// Suggests the name that was probably meant.
enum NearestName {
    /// Returns the candidate with the smallest edit distance, unless more than a third of the letters differ.
    static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(2, name.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates where abs(candidate.count - name.count) <= limit {
            let distance = distance(Array(name.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Returns the locator with the smallest edit distance. Parts that either locator leaves open are not compared.
    static func find(_ locator: Locator, among candidates: some Sequence<Locator>) -> Locator? {
        var best: (locator: Locator, distance: Int)?
        for candidate in candidates {
            var (left, right) = ("\(locator)", "\(candidate)")
            if let wanted = locator.descriptor, let present = candidate.descriptor {
                (left, right) = ("\(wanted.completed(by: present))", "\(present.completed(by: wanted))")
            }
            let distance = distance(Array(left.lowercased()), Array(right.lowercased()))
            if distance <= max(2, left.count / 5), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.locator
    }

    /// Returns "; did you mean 'x'?", or an empty string.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String {
        find(name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Returns the edit distance of two strings: letters changed, added or removed.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let next = letter == other ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
