import FoundationEssentials

/// The order of values in filters, sorts and indexes. Drivers must use the same order, see docs/data.md.
enum ValueOrder {
    /// Returns the rank of a value's type in the sort order, which is that of MongoDB.
    static func rank(_ value: AnyValue) -> Int {
        switch value {
        case .null: 0
        case .integer, .double, .decimal: 1
        case .string: 2
        case .map: 3
        case .array: 4
        case .bool: 5
        case .date: 6
        }
    }

    /// Returns a negative number, zero or a positive number, as `left` is less than, equal to or greater than `right`.
    /// It is a total order: NaN is less than all other numbers and equal to itself, strings are ordered by bytes, maps
    /// by their names in order.
    static func compare(_ left: AnyValue, _ right: AnyValue) -> Int {
        switch (left, right) {
        case (.null, .null): return 0
        case (.integer(let left), .integer(let right)): return sign(left, right)
        case (.double(let left), .double(let right)): return compare(left, right)
        case (.integer(let left), .double(let right)): return compare(left, right)
        case (.double(let left), .integer(let right)): return -compare(right, left)
        case (.string(let left), .string(let right)): return compare(left, right)
        case (.bool(let left), .bool(let right)): return left == right ? 0 : right ? -1 : 1
        case (.decimal(let left), .decimal(let right)): return compare(left, right)
        case (.decimal(let left), .integer(let right)): return compare(left, Decimal(right))
        case (.integer(let left), .decimal(let right)): return compare(Decimal(left), right)
        case (.decimal(let left), .double(let right)): return compare(left, right)
        case (.double(let left), .decimal(let right)): return -compare(right, left)
        case (.date(let left), .date(let right)):
            // Dates are compared with the precision of JSON, so that all stores find the same items.
            return sign(ISODate.milliseconds(left), ISODate.milliseconds(right))
        case (.array(let left), .array(let right)): return compare(left, right)
        case (.map(let left), .map(let right)): return compare(left, right)
        default: return sign(rank(left), rank(right))
        }
    }

    static func compare(_ left: String, _ right: String) -> Int {
        // Compares bytes, as databases do. Swift treats canonically equivalent strings as equal.
        let order = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in bytes(left, right) }
        }
        if let order, let order { return order }
        return bytes(Array(left.utf8), Array(right.utf8))
    }

    // MARK: - Internal

    private static func sign<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    private static func bytes(_ left: some RandomAccessCollection<UInt8>, _ right: some RandomAccessCollection<UInt8>)
        -> Int
    {
        for (left, right) in zip(left, right) where left != right { return left < right ? -1 : 1 }
        return sign(left.count, right.count)
    }

    private static func compare(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN && right.isNaN ? 0 : left.isNaN ? -1 : 1 }
        return sign(left, right)
    }

    private static func compare(_ left: Int64, _ right: Double) -> Int {
        if right.isNaN { return 1 }
        guard right < 0x1p63 else { return -1 }
        guard right >= -0x1p63 else { return 1 }
        // Exact even beyond 2^53, because it does not convert to a double.
        let whole = Int64(right.rounded(.down))
        return left == whole ? (right > Double(whole) ? -1 : 0) : sign(left, whole)
    }

    private static func compare(_ left: Decimal, _ right: Decimal) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN && right.isNaN ? 0 : left.isNaN ? -1 : 1 }
        return Decimal.compare(left, right)
    }

    /// Compares a decimal with the shortest digits of a double. Beyond 2^53, a double is compared exactly, as it is
    /// with 64-bit integers, so that all three types have one order.
    private static func compare(_ left: Decimal, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN && right.isNaN ? 0 : left.isNaN ? -1 : 1 }
        if right.magnitude >= 0x1p53, let whole = Int64(exactly: right) { return compare(left, Decimal(whole)) }
        if let right = Decimal(shortest: right) { return compare(left, right) }
        // Outside the range of a decimal.
        return compare(left.nearestDouble, right)
    }

    private static func compare(_ left: [AnyValue], _ right: [AnyValue]) -> Int {
        for (left, right) in zip(left, right) {
            let order = compare(left, right)
            if order != 0 { return order }
        }
        return sign(left.count, right.count)
    }

    private static func compare(_ left: AnyValueMap, _ right: AnyValueMap) -> Int {
        let names = (left.keys.sorted { compare($0, $1) < 0 }, right.keys.sorted { compare($0, $1) < 0 })
        for (name, other) in zip(names.0, names.1) {
            let order = compare(name, other)
            if order != 0 { return order }
            let values = compare(left[name] ?? .null, right[other] ?? .null)
            if values != 0 { return values }
        }
        return sign(names.0.count, names.1.count)
    }
}

/// A value as a hash key, by the rules of ``ValueOrder``: 1 equals 1.0.
struct HashedValue: Hashable, Sendable {
    let value: AnyValue

    init(_ value: AnyValue) { self.value = value }

    static func == (left: HashedValue, right: HashedValue) -> Bool { ValueOrder.compare(left.value, right.value) == 0 }

    func hash(into hasher: inout Hasher) {
        switch value {
        case .integer(let number): hasher.combine(Double(number))
        case .double(let number): hasher.combine(number.isNaN ? 0 : number)
        case .decimal(let number): hasher.combine(number.isNaN ? 0 : number.nearestDouble)
        case .date(let date): hasher.combine(ISODate.milliseconds(date))
        case .string(let text): hasher.combine(text)
        case .array(let values):
            hasher.combine(values.count)
            for value in values { HashedValue(value).hash(into: &hasher) }
        case .map(let map):
            // Hashes maps independently of the order of their names.
            var sum = 0
            for (name, value) in map {
                var entry = Hasher()
                entry.combine(name)
                HashedValue(value).hash(into: &entry)
                sum ^= entry.finalize()
            }
            hasher.combine(sum)
        default: hasher.combine(value)
        }
    }
}
