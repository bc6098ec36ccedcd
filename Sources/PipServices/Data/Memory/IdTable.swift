/// Rows by their ids: a hash table whose copies share what they have in common.
///
/// It is made for looking up: the way to a row leads through four short lists, most of which stay in the processor's
/// caches, to a chunk with a few rows. A change copies those lists and that chunk. When there are many rows for the number
/// of chunks, all are distributed anew over twice as many, so that a change takes O(1) amortised.
struct IdTable: Sendable {
    private var root: [[[[Chunk]]]] = [[[[Chunk()]]]]
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
        let place = place(hash)
        // Spans: a list that is taken from another one would be counted, which costs more than to look into it.
        let lists = root.span
        let moreLists = lists[place.first].span
        let chunkLists = moreLists[place.second].span
        let chunks = chunkLists[place.third].span
        return chunks[place.fourth].row(hash, id)
    }

    /// Puts a row under its id, replacing what is there.
    mutating func set(_ id: String, _ row: any StoredRow) {
        if count >= Self.usualLoad << bits.sum { grow() }
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third][place.fourth].set(hash, id, row) { count += 1 }
    }

    /// Removes the row with an id, if there is one.
    mutating func remove(_ id: String) {
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third][place.fourth].remove(hash, id) { count -= 1 }
    }

    // MARK: - Internal

    /// How many rows a chunk has at most on the average.
    private static var usualLoad: Int { 8 }

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
        let chunks = Array(repeating: Chunk(), count: 1 << bits.fourth)
        let lists = Array(repeating: Array(repeating: chunks, count: 1 << bits.third), count: 1 << bits.second)
        root = Array(repeating: lists, count: 1 << bits.first)
        for chunk in old.joined().joined().joined() {
            for slot in chunk.slots {
                guard let row = slot.row else { continue }
                let place = place(slot.hash)
                root[place.first][place.second][place.third][place.fourth].insert(slot.hash, row)
            }
        }
    }
}

/// A few rows by their hashes: where a place is taken, the next one that is free is used.
private struct Chunk: Sendable {
    struct Slot: Sendable {
        var hash = 0
        var row: (any StoredRow)?
    }

    /// A power of two, and never full.
    private(set) var slots = [Slot](repeating: Slot(), count: 4)
    // Two small numbers: of many rows, the lists of chunks are in the processor's caches only in part.
    /// One less than the number of slots: beside the list, where looking up need not fetch it from memory.
    private var mask: UInt32 = 3
    private var count: UInt32 = 0

    /// The row with an id, whose hash is known, or nil.
    @inline(__always)
    func row(_ hash: Int, _ id: String) -> (any StoredRow)? {
        let slots = slots.span
        var index = start(hash)
        while slots[index].row != nil {
            if slots[index].hash == hash, let row = slots[index].row, row.isNamed(id) { return row }
            index = next(index)
        }
        return nil
    }

    /// - Returns: whether the id is new.
    mutating func set(_ hash: Int, _ id: String, _ row: any StoredRow) -> Bool {
        if let index = index(hash, id) {
            slots[index].row = row
            return false
        }
        insert(hash, row)
        return true
    }

    /// Adds a row whose id is not there.
    mutating func insert(_ hash: Int, _ row: any StoredRow) {
        count += 1
        if Int(count) * 4 > slots.count * 3 { rebuild(slots.count * 2) }
        place(hash, row)
    }

    /// - Returns: whether there was such an id.
    mutating func remove(_ hash: Int, _ id: String) -> Bool {
        guard let index = index(hash, id) else { return false }
        count -= 1
        // The others must not stand behind a gap.
        rebuild(slots.count, without: index)
        return true
    }

    private func index(_ hash: Int, _ id: String) -> Int? {
        var index = start(hash)
        while slots[index].row != nil {
            if slots[index].hash == hash, let row = slots[index].row, row.isNamed(id) { return index }
            index = next(index)
        }
        return nil
    }

    private mutating func place(_ hash: Int, _ row: any StoredRow) {
        var index = start(hash)
        while slots[index].row != nil { index = next(index) }
        slots[index] = Slot(hash: hash, row: row)
    }

    private mutating func rebuild(_ size: Int, without left: Int? = nil) {
        let old = slots
        slots = [Slot](repeating: Slot(), count: size)
        mask = UInt32(truncatingIfNeeded: size - 1)
        for index in old.indices where index != left {
            if let row = old[index].row { place(old[index].hash, row) }
        }
    }

    /// By other bits of the hash than those that chose the chunk.
    private func start(_ hash: Int) -> Int { hash >> 40 & Int(mask) }

    private func next(_ index: Int) -> Int { (index + 1) & Int(mask) }
}
