/// Rows by their ids: a hash table whose copies share what they have in common.
///
/// It is made for looking up: the way to a row leads through three short lists, most of which stay in the processor's
/// caches, to a chunk with a few rows. A change copies those lists and that chunk. When there are many rows for the number
/// of chunks, all are distributed anew over twice as many, so that a change takes O(1) amortised.
struct IdTable: Sendable {
    private var root: [[[Chunk]]] = [[[Chunk()]]]
    /// How many bits of a hash choose a place in each of the lists, the last one first.
    private var bits = (third: 0, second: 0, first: 0)
    private(set) var count = 0

    /// The row with an id, or nil.
    subscript(id: String) -> (any StoredRow)? {
        let hash = id.hashValue
        let place = place(hash)
        return root.withUnsafeBufferPointer { root in
            root[place.first].withUnsafeBufferPointer { lists in
                lists[place.second].withUnsafeBufferPointer { chunks in chunks[place.third].row(hash, id) }
            }
        }
    }

    /// Puts a row under its id, replacing what is there.
    mutating func set(_ id: String, _ row: any StoredRow) {
        let isFull = count >= Self.usualLoad << (bits.first + bits.second + bits.third)
        if isFull { grow() }
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third].set(hash, id, row) { count += 1 }
    }

    /// Removes the row with an id, if there is one.
    mutating func remove(_ id: String) {
        let hash = id.hashValue
        let place = place(hash)
        if root[place.first][place.second][place.third].remove(hash, id) { count -= 1 }
    }

    // MARK: - Internal

    /// How many rows a chunk has at most on the average.
    private static var usualLoad: Int { 16 }

    private func place(_ hash: Int) -> (first: Int, second: Int, third: Int) {
        (
            hash >> (bits.second + bits.third) & (1 << bits.first - 1), hash >> bits.third & (1 << bits.second - 1),
            hash & (1 << bits.third - 1)
        )
    }

    private mutating func grow() {
        let old = root
        let total = bits.first + bits.second + bits.third + 1
        bits = (total / 3, (total + 1) / 3, (total + 2) / 3)
        root = Array(
            repeating: Array(repeating: Array(repeating: Chunk(), count: 1 << bits.third), count: 1 << bits.second),
            count: 1 << bits.first)
        for chunk in old.joined().joined() {
            for slot in chunk.slots {
                guard let row = slot.row else { continue }
                let place = place(slot.hash)
                root[place.first][place.second][place.third].insert(slot.hash, row)
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
    /// One less than the number of slots: beside the list, where looking up need not fetch it from memory.
    private var mask = 3
    private var count = 0

    func row(_ hash: Int, _ id: String) -> (any StoredRow)? {
        slots.withUnsafeBufferPointer { slots in
            var index = start(hash)
            while slots[index].row != nil {
                if slots[index].hash == hash, let row = slots[index].row, row.isNamed(id) { return row }
                index = (index + 1) & mask
            }
            return nil
        }
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
        if count * 4 > slots.count * 3 { rebuild(slots.count * 2) }
        place(hash, row)
    }

    /// - Returns: whether there was such an id.
    mutating func remove(_ hash: Int, _ id: String) -> Bool {
        guard let index = index(hash, id) else { return false }
        slots[index].row = nil
        count -= 1
        // The others must not stand behind a gap.
        rebuild(slots.count)
        return true
    }

    private func index(_ hash: Int, _ id: String) -> Int? {
        var index = start(hash)
        while let row = slots[index].row {
            if slots[index].hash == hash, row.isNamed(id) { return index }
            index = (index + 1) & mask
        }
        return nil
    }

    private mutating func place(_ hash: Int, _ row: any StoredRow) {
        var index = start(hash)
        while slots[index].row != nil { index = (index + 1) & mask }
        slots[index] = Slot(hash: hash, row: row)
    }

    private mutating func rebuild(_ size: Int) {
        let old = slots
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
        for slot in old {
            if let row = slot.row { place(slot.hash, row) }
        }
    }

    /// By other bits of the hash than those that chose the chunk.
    private func start(_ hash: Int) -> Int { hash >> 40 & mask }
}
