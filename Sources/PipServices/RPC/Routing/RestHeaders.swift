/// The header fields of a request. Names are found whatever their capitals.
public struct RestHeaders: Sendable {
    private let find: @Sendable (String) -> String?
    private let list: @Sendable () -> [(name: String, value: String)]

    /// Creates fields from pairs.
    public init(_ fields: [(name: String, value: String)] = []) {
        self.init(
            find: { HeaderFields.value($0, in: fields) },
            list: { fields })
    }

    /// The value of a field; nil when there is none. The values of several fields are joined by `, ` (RFC 9110, section
    /// 5.2), those of `Cookie` by `; `. Of several `Set-Cookie` fields it is the first: ``all`` has each.
    public subscript(name: String) -> String? {
        // Most have no capitals: looking costs less than copying.
        find(name.utf8.contains { (0x41...0x5A).contains($0) } ? name.asciiLowercased : name)
    }

    /// All fields, in order.
    public var all: [(name: String, value: String)] { list() }

    // MARK: - Internal

    /// Fields that are read where a server keeps them: most requests look at one or two. `find` is given a name without
    /// capitals.
    init(
        find: @escaping @Sendable (String) -> String?, list: @escaping @Sendable () -> [(name: String, value: String)]
    ) {
        self.find = find
        self.list = list
    }

    /// The fields without those of these names, which have no capitals.
    func without(_ names: [String]) -> RestHeaders {
        RestHeaders(
            find: { [find] in names.contains(sameAs: $0) ? nil : find($0) },
            list: { [list] in list().filter { !names.contains(sameAs: $0.name.asciiLowercased) } })
    }
}
