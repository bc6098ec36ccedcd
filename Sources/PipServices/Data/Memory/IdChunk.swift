/// Some rows by their hashes: where a place is taken, the next one that is free is used.
struct IdChunk: Sendable {
    struct Slot: Sendable {
        var hash = 0
        var held: HeldRow?
    }

    /// A power of two, and never full.
    private(set) var slots = [Slot](repeating: Slot(), count: 4)
    // Two small numbers: of many rows, the lists of chunks are in the processor's caches only in part.
    /// One less than the number of slots: beside the list, where looking up need not fetch it from memory.
    private var mask: UInt32 = 3
    private var count: UInt32 = 0

    /// The first row with a hash.
    @inline(__always)
    func first(_ hash: Int) -> HeldRow? {
        var index = start(hash)
        return find(hash, from: &index)
    }

    /// The row with an id, whose hash is known, or nil.
    func row(_ hash: Int, _ id: String) -> (any StoredRow)? { index(hash, id).flatMap { slots[$0].held?.row } }

    /// - Returns: whether the id is new.
    mutating func set(_ hash: Int, _ id: String, _ row: HeldRow) -> Bool {
        if let index = index(hash, id) {
            slots[index].held = row
            return false
        }
        insert(hash, row)
        return true
    }

    /// Adds a row whose id is not there.
    mutating func insert(_ hash: Int, _ row: HeldRow) {
        count += 1
        if Int(count) * 4 > slots.count * 3 { grow() }
        place(hash, row)
    }

    /// - Returns: whether there was such an id.
    mutating func remove(_ hash: Int, _ id: String) -> Bool {
        guard let index = index(hash, id) else { return false }
        count -= 1
        var gap = index
        var other = next(index)
        // No row must stand behind a gap, seen from where it would be looked for first.
        while slots[other].held != nil {
            if distance(start(slots[other].hash), other) >= distance(gap, other) {
                slots[gap] = slots[other]
                gap = other
            }
            other = next(other)
        }
        slots[gap] = Slot()
        return true
    }

    // MARK: - Internal

    private func index(_ hash: Int, _ id: String) -> Int? {
        var index = start(hash)
        while let held = find(hash, from: &index) {
            if held.row.isNamed(id) { return index }
            index = next(index)
        }
        return nil
    }

    /// The next row with a hash.
    @inline(__always)
    private func find(_ hash: Int, from index: inout Int) -> HeldRow? {
        let slots = slots.span
        while let held = slots[index].held {
            if slots[index].hash == hash { return held }
            index = next(index)
        }
        return nil
    }

    private mutating func place(_ hash: Int, _ row: HeldRow) {
        var index = start(hash)
        while slots[index].held != nil { index = next(index) }
        slots[index] = Slot(hash: hash, held: row)
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        mask = UInt32(truncatingIfNeeded: slots.count - 1)
        for slot in old {
            if let row = slot.held { place(slot.hash, row) }
        }
    }

    /// By other bits of the hash than those that chose the chunk.
    private func start(_ hash: Int) -> Int { hash >> 40 & Int(mask) }

    private func next(_ index: Int) -> Int { (index + 1) & Int(mask) }

    /// How many places one is behind another.
    private func distance(_ from: Int, _ to: Int) -> Int { (to - from) & Int(mask) }
}
