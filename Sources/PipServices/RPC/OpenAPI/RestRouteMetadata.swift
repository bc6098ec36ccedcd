/// The description of a route for OpenAPI documents, beyond its method and path.
struct RestRouteMetadata: Sendable {
    var isDocumented = true
    var summary: String?
    var description: String?
    var operationId: String?
    var tags: [String] = []
    var isDeprecated = false
    /// The query parameters.
    var query: [PropertySchema] = []
    /// True if the route has no other query parameters.
    var hasFixedQuery = false
    /// Derives the type of the body when it is first needed; nil when the route does not state it.
    var body: @Sendable () -> SchemaType? = { nil }
    /// Derives the type of the result; nil when it is unknown.
    var result: @Sendable () -> SchemaType? = { nil }
    /// The types of the body and the result that have no schema.
    var gaps: @Sendable () -> [SchemaGap] = { [] }
    /// The status of a response with a result.
    var status = 200
    /// True if the result of a response may be missing.
    var canBeEmpty = false

    init() {}

    /// The description of a route that returns a value.
    init<Value>(_ type: Value.Type, status: Int) {
        self.status = status
        canBeEmpty = true
        result = { DerivedSchema.ofResult(type) }
        gaps = { DerivedSchema.gapsOfResult(type).map { $0.placed(in: "result") } }
    }
}

extension RestRoute {
    /// Returns the route with a description for its OpenAPI document, in addition to its types and its schema.
    ///
    /// ```swift
    /// RestRoute(.get, "/beacons") { context, request in … }
    ///     .documented("Finds beacons", query: [PropertySchema("site_id", .string)] + .paging)
    /// ```
    /// - Parameters:
    ///   - summary: a short summary.
    ///   - description: a long description, which may be Markdown.
    ///   - operationId: the name of the operation; by default it is derived from the method and the path.
    ///   - tags: the groups in which the operation is listed; by default the base route.
    ///   - query: the query parameters. Their values are not validated here: the schema of the route does that. With
    ///     `options.strict_query`, other parameters are refused.
    ///   - result: the type of the result; it replaces the one that is derived.
    ///   - deprecated: true for an operation that should no longer be used.
    public func documented(
        _ summary: String? = nil, description: String? = nil, operationId: String? = nil, tags: [String] = [],
        query: [PropertySchema] = [], result: SchemaType? = nil, deprecated: Bool = false
    ) -> RestRoute {
        var route = self
        route.metadata.summary = summary
        route.metadata.description = description
        route.metadata.operationId = operationId
        route.metadata.tags = tags
        route.metadata.query = query
        route.metadata.isDeprecated = deprecated
        if let result { route.metadata.result = { result } }
        return route
    }

    /// Returns the route without an entry in OpenAPI documents.
    public func undocumented() -> RestRoute {
        var route = self
        route.metadata.isDocumented = false
        return route
    }
}

extension [PropertySchema] {
    /// The query parameters of paging: `skip`, `take` and `total`.
    public static var paging: [PropertySchema] {
        [PropertySchema("skip", .long), PropertySchema("take", .long), PropertySchema("total", .boolean)]
    }
}
