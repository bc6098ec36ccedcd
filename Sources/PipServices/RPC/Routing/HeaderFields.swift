/// The header fields of a request or a response, in order. Names are case-insensitive.
///
/// ```swift
/// var fields: HeaderFields = ["Content-Type": "text/plain"]
/// fields["ETag"] = "\"5\""
/// fields.append(("Set-Cookie", "a=1"))
/// for (name, value) in fields { ... }
/// ```
public struct HeaderFields: Sendable {
    /// A field with its name and value.
    public typealias Element = (name: String, value: String)

    private enum Storage: Sendable {
        case list([Element])
        /// The received lines of a header.
        case lines([UInt8])
        case source(
            find: @Sendable (_ lowercasedName: String) -> String?, list: @Sendable () -> [Element])
    }

    private var storage: Storage

    /// Creates fields from pairs.
    public init(_ fields: [(name: String, value: String)] = []) { storage = .list(fields) }

    /// The value of a field; nil if there is none. The values of several fields are joined by `, ` (RFC 9110, section
    /// 5.2), those of `Cookie` by `; `. For several `Set-Cookie` fields, it is the first: ``values(of:)`` has each.
    ///
    /// Setting a value replaces all fields with that name; nil removes them.
    public subscript(name: String) -> String? {
        get {
            switch storage {
            case .list(let fields): Self.value(name, in: fields)
            case .lines(let lines): Self.value(name, in: Self.fields(lines))
            case .source(let find, _):
                // Most names have no capitals, and a check is cheaper than a copy.
                find(name.utf8.contains { (0x41...0x5A).contains($0) } ? name.asciiLowercased : name)
            }
        }
        set {
            edit { fields in
                let index = fields.firstIndex { Self.isSame($0.name, name) }
                fields.removeAll { Self.isSame($0.name, name) }
                if let newValue { fields.insert((name, newValue), at: index ?? fields.endIndex) }
            }
        }
    }

    /// The values of all fields with a name, in order.
    public func values(of name: String) -> [String] { all.filter { Self.isSame($0.name, name) }.map(\.value) }

    /// All fields, in order.
    public var all: [(name: String, value: String)] {
        switch storage {
        case .list(let fields): fields
        case .lines(let lines): Self.fields(lines)
        case .source(_, let list): list()
        }
    }

    /// The number of fields.
    public var count: Int { all.count }

    /// True if there are no fields.
    public var isEmpty: Bool { all.isEmpty }

    /// Appends a field.
    public mutating func append(_ field: (name: String, value: String)) { edit { $0.append(field) } }

    /// Removes the fields that satisfy a condition.
    public mutating func removeAll(where condition: ((name: String, value: String)) throws -> Bool) rethrows {
        try edit { try $0.removeAll(where: condition) }
    }

    /// Concatenates fields.
    public static func + (first: HeaderFields, second: some Sequence<Element>) -> HeaderFields {
        HeaderFields(first.all + second)
    }

    /// Appends fields.
    public static func += (first: inout HeaderFields, second: some Sequence<Element>) { first.edit { $0 += second } }

    // MARK: - Internal

    /// Fields that are read from the server's storage on demand, because most requests use only one or two. `find`
    /// receives a name in lower case.
    init(
        find: @escaping @Sendable (String) -> String?, list: @escaping @Sendable () -> [(name: String, value: String)]
    ) { storage = .source(find: find, list: list) }

    /// Fields whose lines are parsed on first access, because most responses' fields are not accessed.
    init(lines: [UInt8]) { storage = .lines(lines) }

    /// Returns the fields without those with the given names, which must be in lower case.
    func without(_ names: [String]) -> HeaderFields {
        guard case .source(let find, let list) = storage else {
            return HeaderFields(all.filter { !names.contains(sameAs: $0.name.asciiLowercased) })
        }
        return HeaderFields(
            find: { names.contains(sameAs: $0) ? nil : find($0) },
            list: { list().filter { !names.contains(sameAs: $0.name.asciiLowercased) } })
    }

    mutating func reserveCapacity(_ count: Int) { edit { $0.reserveCapacity(count) } }

    /// Changes the list in place.
    private mutating func edit(_ change: (inout [Element]) throws -> Void) rethrows {
        var fields = all
        storage = .list([])
        defer { storage = .list(fields) }
        try change(&fields)
    }
}

extension HeaderFields: Sequence {
    /// Iterates over the fields in order.
    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { all.makeIterator() }
}

extension HeaderFields: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// Creates fields from pairs, such as `[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]`.
    public init(arrayLiteral elements: (name: String, value: String)...) { self.init(elements) }

    /// Creates fields from names and values, such as `["Content-Type": "text/plain"]`.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
