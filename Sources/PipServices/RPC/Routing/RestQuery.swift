/// The query parameters of a request.
public struct RestQuery: Sendable {
    /// The parameters in order, decoded.
    public let parameters: [(name: String, value: String)]
    /// True if it is not valid UTF-8.
    let isBroken: Bool

    /// Parses `a=1&b=2`. `+` and `%20` are spaces.
    public init(_ text: some StringProtocol = "") {
        isBroken = !Self.isText(text)
        parameters = String(text).parts(separatedBy: "&", omittingEmpty: true).map { part in
            let (name, value) = part.divided(atFirst: "=") ?? (part, "")
            return (PercentCoding.decode(name, plusIsBlank: true), PercentCoding.decode(value, plusIsBlank: true))
        }
    }

    /// The value of a parameter, several joined by commas; nil if it is missing.
    public subscript(name: String) -> String? {
        let values = parameters.filter { $0.name.isSame(as: name) }
        return values.isEmpty ? nil : values.map(\.value).joined(separator: ",")
    }

    /// The filter: the parameter `filter` in the form `key=value;key2=value2`, or all parameters without another
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

    /// The sort order: the parameter `sort` in the form `name=true,other=false`, where true is ascending. A bare name
    /// sorts descending, as in the other editions.
    public var sort: SortParams {
        SortParams(
            sortFields.map { SortField($0.name, ascending: $0.direction.flatMap(BooleanConverter.parse) == true) })
    }

    // MARK: - Internal

    /// The fields of the parameter `sort` with their unparsed directions; nil for a bare name.
    var sortFields: [(name: String, direction: String?)] {
        (self["sort"] ?? "").unicodeScalars.split { $0 == "," || $0 == ";" }.map { field in
            guard let (name, direction) = Substring(field).divided(atFirst: "=") else {
                return (Substring(field).trimmed, nil)
            }
            return (name.trimmed, direction.trimmed)
        }
    }

    /// Each name once, with the value of the subscript: the view of handlers, schemas and filters.
    var values: [(String, String?)] {
        // Linear time: a client may send very many parameters.
        var (names, values): ([ScalarText], [ScalarText: [String]]) = ([], [:])
        for (name, value) in parameters {
            let name = ScalarText(name)
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
        return names.map { ($0.text, values[$0]?.joined(separator: ",")) }
    }

    /// True for valid UTF-8, escaped or not. Bytes that the server could not decode are replacement characters.
    static func isText(_ text: some StringProtocol) -> Bool {
        // Most queries are ASCII without escapes.
        let isPlain = text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "%") }
        return isPlain || PercentCoding.isText(text) && !text.unicodeScalars.contains("\u{FFFD}")
    }

    /// Parameters that are not filters, in addition to `filter`.
    static let reserved: Set<ScalarText> = ["skip", "take", "total", "sort", "trace_id", "correlation_id"]
}
