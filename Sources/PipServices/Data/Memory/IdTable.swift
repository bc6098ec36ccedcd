/// Rows by their ids: a hash table whose copies share what they have in common. The rows live in the table that has it.
///
/// It is made for looking up: the way to a row leads through four short lists, most of which stay in the processor's
/// caches, to a chunk with some dozens of rows. A change copies those lists and that chunk. When there are many rows for the
/// number of chunks, all are distributed anew over twice as many, so that a change takes O(1) amortised.
struct IdTable: Sendable {
    private var root: [[[[IdChunk]]]] = [[[[IdChunk()]]]]
    /// How many bits of a hash choose a place in each of the lists. The last ones choose in the last.
    private var bits = Levels()
    private(set) var count = 0

    /// A number for each of the lists.
    private struct Levels {
        var first = 0
        var second = 0
        var third = 0
        var fourth = 0
        var sum: Int { first + second + third + fourth }
    }

    /// The row with an id, or nil.
    subscript(id: String) -> (any StoredRow)? {
        let hash = id.hashValue
        guard let row = first(hash)?.row else { return nil }
        return row.isNamed(id) ? row : search(hash, id)
    }

    /// Puts a row under its id, replacing what is there.
    mutating func set(_ id: String, _ row: any StoredRow) {
        if count >= Self.usualLoad << bits.sum { grow() }
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third][place.fourth].set(hash, id, HeldRow(row)) { count += 1 }
    }

    /// Removes the row with an id, if there is one.
    mutating func remove(_ id: String) {
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third][place.fourth].remove(hash, id) { count -= 1 }
    }

    // MARK: - Internal

    /// How many rows a chunk has at most on the average. To copy one costs little, since no references are counted; and of
    /// few chunks, the heads of all stay in the caches.
    private static var usualLoad: Int { 96 }

    /// The first row with a hash, which is hardly ever that of another id.
    ///
    /// By spans, and without a call: else the lists would be counted, each of which means to wait for its head before
    /// looking into it.
    private func first(_ hash: Int) -> HeldRow? {
        let place = place(hash)
        let lists = root.span
        let moreLists = lists[place.first].span
        let chunkLists = moreLists[place.second].span
        let chunks = chunkLists[place.third].span
        return chunks[place.fourth].first(hash)
    }

    private func search(_ hash: Int, _ id: String) -> (any StoredRow)? {
        let place = place(hash)
        return root[place.first][place.second][place.third][place.fourth].row(hash, id)
    }

    private func place(_ hash: Int) -> Levels {
        let forThird = hash >> bits.fourth
        let forSecond = forThird >> bits.third
        let forFirst = forSecond >> bits.second
        return Levels(
            first: forFirst & (1 << bits.first - 1), second: forSecond & (1 << bits.second - 1),
            third: forThird & (1 << bits.third - 1), fourth: hash & (1 << bits.fourth - 1))
    }

    private mutating func grow() {
        let old = root
        let total = bits.sum + 1
        bits = Levels(first: total / 4, second: (total + 1) / 4, third: (total + 2) / 4, fourth: (total + 3) / 4)
        let chunks = Array(repeating: IdChunk(), count: 1 << bits.fourth)
        let lists = Array(repeating: Array(repeating: chunks, count: 1 << bits.third), count: 1 << bits.second)
        root = Array(repeating: lists, count: 1 << bits.first)
        for chunk in old.joined().joined().joined() {
            for slot in chunk.slots {
                guard let row = slot.held else { continue }
                let place = place(slot.hash)
                root[place.first][place.second][place.third][place.fourth].insert(slot.hash, row)
            }
        }
    }
}
