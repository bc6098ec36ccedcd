/// The header fields of a request. Names are case-insensitive.
public struct RestHeaders: Sendable {
    private let find: @Sendable (String) -> String?
    private let list: @Sendable () -> [(name: String, value: String)]

    /// Creates fields from pairs.
    public init(_ fields: [(name: String, value: String)] = []) {
        self.init(
            find: { HeaderFields.value($0, in: fields) },
            list: { fields })
    }

    /// The value of a field; nil if it is missing. Multiple fields are joined by `, ` (RFC 9110, section 5.2), those of
    /// `Cookie` by `; `. Of several `Set-Cookie` fields, the first is returned: ``all`` contains each.
    public subscript(name: String) -> String? {
        // Most names are lowercase already: a check is cheaper than a copy.
        find(name.utf8.contains { (0x41...0x5A).contains($0) } ? name.asciiLowercased : name)
    }

    /// All fields, in order.
    public var all: [(name: String, value: String)] { list() }

    // MARK: - Internal

    /// Fields read lazily from the server's storage: most requests need only one or two. `find` receives a lowercase
    /// name.
    init(
        find: @escaping @Sendable (String) -> String?, list: @escaping @Sendable () -> [(name: String, value: String)]
    ) {
        self.find = find
        self.list = list
    }

    /// The fields without those of the given lowercase names.
    func without(_ names: [String]) -> RestHeaders {
        RestHeaders(
            find: { [find] in names.contains(sameAs: $0) ? nil : find($0) },
            list: { [list] in list().filter { !names.contains(sameAs: $0.name.asciiLowercased) } })
    }
}
