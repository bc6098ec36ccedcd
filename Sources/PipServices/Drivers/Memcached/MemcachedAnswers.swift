/// Gathers the values of keys that were asked for at once.
struct MemcachedAnswers {
    private let keys: [String]
    private var found: [String: [UInt8]] = [:]
    /// Where each key stands among those found.
    private var places: [Dictionary<String, [UInt8]>.Index] = []
    private var isFound: [Bool]
    /// Found by their names.
    private var others: Set<String> = []
    private var next = 0
    /// True when there was a value of a key that was not asked for: it answers something else.
    private(set) var hasStranger = false

    init(_ keys: [String]) {
        self.keys = keys
        isFound = Array(repeating: false, count: keys.count)
    }

    /// Enters the keys, so that a value has its place when it comes.
    mutating func makeRoom() {
        found = Dictionary(minimumCapacity: keys.count)
        for key in keys { found[key] = [] }
        places = keys.map { found.index(forKey: $0) ?? found.endIndex }
    }

    /// Takes a value, of the next key that matches.
    ///
    /// A server answers in the order of the question, so that mostly no name has to be made. No long search, which the
    /// answers of several servers, or many keys that are not there, would ask for again and again.
    mutating func take(_ value: [UInt8], matches: (Int) -> Bool, otherwise name: () -> String) {
        let end = min(next + 64, keys.count)
        var index = next
        while index < end, !matches(index) { index += 1 }
        if index < end {
            next = index + 1
            found.values[places[index]] = value
            isFound[index] = true
        } else {
            let name = name()
            guard let place = found.index(forKey: name) else {
                hasStranger = true
                return
            }
            found.values[place] = value
            others.insert(name)
        }
    }

    /// The values of the keys that were found.
    var values: [String: [UInt8]] {
        guard isFound.contains(false) else { return found }
        let present = others.union(keys.indices.lazy.filter { isFound[$0] }.map { keys[$0] })
        return found.filter { present.contains($0.key) }
    }
}
