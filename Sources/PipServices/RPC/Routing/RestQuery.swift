/// The parameters behind the `?` of a request's target.
public struct RestQuery: Sendable {
    /// The parameters in order, decoded.
    public let parameters: [(name: String, value: String)]
    /// True when it is no UTF-8.
    let isBroken: Bool

    /// Parses `a=1&b=2`. `+` and `%20` are blanks.
    public init(_ text: some StringProtocol = "") {
        isBroken = !Self.isText(text)
        parameters = String(text).parts(separatedBy: "&", omittingEmpty: true).map { part in
            let (name, value) = part.divided(atFirst: "=") ?? (part, "")
            return (PercentCoding.decode(name, plusIsBlank: true), PercentCoding.decode(value, plusIsBlank: true))
        }
    }

    /// The value of a parameter, several joined by commas; nil when there is none.
    public subscript(name: String) -> String? {
        let values = parameters.filter { $0.name.isSame(as: name) }
        return values.isEmpty ? nil : values.map(\.value).joined(separator: ",")
    }

    /// The filter: the parameter `filter` in the form `key=value;key2=value2`, else all parameters that have no other
    /// meaning.
    public var filter: FilterParams {
        if let filter = self["filter"] { return FilterParams(parsing: filter) }
        return FilterParams(StringValueMap(values.filter { !Self.reserved.contains(ScalarText($0.0)) }))
    }

    /// The paging: the parameters `skip`, `take` and `total`.
    public var paging: PagingParams {
        var values = AnyValueMap()
        for name in ["skip", "take", "total"] { values[name] = self[name].map(AnyValue.string) }
        return PagingParams(.map(values))
    }

    /// The sorting: the parameter `sort` in the form `name=true,other=false`, where true is ascending. A name alone
    /// sorts descending, as in the other editions.
    public var sort: SortParams {
        SortParams(
            sortFields.map { SortField($0.name, ascending: $0.direction.flatMap(BooleanConverter.parse) == true) })
    }

    // MARK: - Internal

    /// The fields of the parameter `sort`, each with its direction as it was sent; nil for a name alone.
    var sortFields: [(name: String, direction: String?)] {
        (self["sort"] ?? "").unicodeScalars.split { $0 == "," || $0 == ";" }.map { field in
            guard let (name, direction) = Substring(field).divided(atFirst: "=") else {
                return (Substring(field).trimmed, nil)
            }
            return (name.trimmed, direction.trimmed)
        }
    }

    /// Each name once, with the value that the subscript returns: what handlers, schemas and filters see.
    var values: [(String, String?)] {
        // Each parameter is visited once: a client may send very many.
        var (names, values): ([ScalarText], [ScalarText: [String]]) = ([], [:])
        for (name, value) in parameters {
            let name = ScalarText(name)
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
        return names.map { ($0.text, values[$0]?.joined(separator: ",")) }
    }

    /// True for text that is UTF-8, escaped or not. What the server could not read has replacement characters.
    static func isText(_ text: some StringProtocol) -> Bool {
        // Most is ASCII without escapes.
        let isPlain = text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "%") }
        return isPlain || PercentCoding.isText(text) && !text.unicodeScalars.contains("\u{FFFD}")
    }

    /// The parameters that are no filters of their own, beside `filter`.
    static let reserved: Set<ScalarText> = ["skip", "take", "total", "sort", "trace_id", "correlation_id"]
}
