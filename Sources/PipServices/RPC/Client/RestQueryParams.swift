/// The query parameters of a call, in the format that the services of all editions parse.
public struct RestQueryParams: Sendable {
    /// The parameters in order, not encoded.
    public private(set) var parameters: [(name: String, value: String)] = []

    /// Creates parameters from pairs.
    public init(_ parameters: [(name: String, value: String)] = []) { self.parameters = parameters }

    /// Adds a parameter; nil adds nothing.
    public mutating func add(_ name: String, _ value: String?) {
        if let value { parameters.append((name, value)) }
    }

    /// Adds a filter, each member as its own parameter (the toolkit's `addFilterParams`).
    public mutating func addFilterParams(_ filter: FilterParams?) {
        for name in filter?.keys ?? [] { add(name, filter?[name]) }
    }

    /// Adds paging parameters (the toolkit's `addPagingParams`). Unset values are not sent.
    public mutating func addPagingParams(_ paging: PagingParams?) {
        add("skip", paging?.skip.map { "\($0)" })
        add("take", paging?.take.map { "\($0)" })
        if paging?.total == true { add("total", "true") }
    }

    /// Adds the sort order as `sort=name=true,other=false`; true means ascending.
    public mutating func addSortParams(_ sort: SortParams?) {
        guard let fields = sort?.fields, !fields.isEmpty else { return }
        add("sort", fields.map { "\($0.name)=\($0.ascending)" }.joined(separator: ","))
    }

    /// Adds a trace id (the toolkit's `addTraceId`).
    public mutating func addTraceId(_ traceId: String?) {
        if let traceId, !traceId.isEmpty { add(HTTPFieldNames.traceId, traceId) }
    }

    /// The parameters percent-encoded, as `a=1&b=2`.
    public var encoded: String {
        var text = ""
        for (name, value) in parameters {
            if !text.isEmpty { text += "&" }
            text += PercentCoding.encode(name)
            text += "="
            text += PercentCoding.encode(value)
        }
        return text
    }
}

extension RestQueryParams: ExpressibleByDictionaryLiteral {
    /// Creates parameters from a literal.
    public init(dictionaryLiteral elements: (String, String)...) {
        parameters = elements.map { (name: $0.0, value: $0.1) }
    }
}
