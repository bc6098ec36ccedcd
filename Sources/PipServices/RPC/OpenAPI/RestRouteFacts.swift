/// What a route's OpenAPI document says beyond its method and path.
struct RestRouteFacts: Sendable {
    var isDocumented = true
    var summary: String?
    var description: String?
    var operationId: String?
    var tags: [String] = []
    var isDeprecated = false
    /// Parameters behind the `?`.
    var query: [PropertySchema] = []
    /// What the body must be like; nil when the route does not tell. Found when it is asked for.
    var body: @Sendable () -> SchemaType? = { nil }
    /// What the result is like; nil when that is not known.
    var result: @Sendable () -> SchemaType? = { nil }
    /// The status of an answer with a result.
    var status = 200
    /// True when there may be no result.
    var canBeEmpty = false

    init() {}

    /// Of a route that returns a value.
    init<Value>(_ type: Value.Type, status: Int) {
        self.status = status
        canBeEmpty = true
        result = { DerivedSchema.ofResult(type) }
    }
}

extension RestRoute {
    /// The same route with more for its OpenAPI document than its types and its schema tell.
    ///
    /// ```swift
    /// RestRoute(.get, "/beacons") { … }
    ///     .documented("Finds beacons", query: [PropertySchema("site_id", .string)] + .paging)
    /// ```
    /// - Parameters:
    ///   - summary: what it does, in a few words.
    ///   - description: what it does, at length; may be Markdown.
    ///   - operationId: its name in the document; made of method and path by default.
    ///   - tags: what it is listed under; the base route by default.
    ///   - query: its parameters behind the `?`. They are not checked: the route's schema does that.
    ///   - result: what the result is like, in place of what its type tells.
    ///   - deprecated: true when it should not be used any more.
    public func documented(
        _ summary: String? = nil, description: String? = nil, operationId: String? = nil, tags: [String] = [],
        query: [PropertySchema] = [], result: SchemaType? = nil, deprecated: Bool = false
    ) -> RestRoute {
        var route = self
        route.facts.summary = summary
        route.facts.description = description
        route.facts.operationId = operationId
        route.facts.tags = tags
        route.facts.query = query
        route.facts.isDeprecated = deprecated
        if let result { route.facts.result = { result } }
        return route
    }

    /// The same route, left out of OpenAPI documents.
    public func undocumented() -> RestRoute {
        var route = self
        route.facts.isDocumented = false
        return route
    }
}

extension [PropertySchema] {
    /// The query parameters of paging: `skip`, `take` and `total`.
    public static var paging: [PropertySchema] {
        [PropertySchema("skip", .long), PropertySchema("take", .long), PropertySchema("total", .boolean)]
    }
}
