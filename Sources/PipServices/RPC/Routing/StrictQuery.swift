/// Validates the query of a route if `options.strict_query` is set: parameter names, paging, sorting and filters.
final class StrictQuery: Sendable {
    /// The names that a route accepts; nil if they are unknown.
    private struct Names: Sendable {
        var parameters: [String]?
        var filters: [String]?
        var sort: [String]?
    }

    private let route: RestRoute
    /// Determined on first use.
    private let known = Locked<Names?>(nil)

    init(_ route: RestRoute) { self.route = route }

    /// Validates a query.
    /// - Throws: BadRequest `BAD_PARAMETER` for a malformed `skip`, `take`, `total` or `sort`; `UNKNOWN_PARAMETER`,
    ///   `UNKNOWN_FILTER` or `UNKNOWN_SORT` for an unknown name.
    func check(_ query: RestQuery, _ context: Context) throws(ApplicationError) {
        let names = names
        for (name, value) in query.values {
            let value = value ?? ""
            switch ScalarText(name) {
            case "skip", "take":
                // An empty value counts as unset, as in a configuration.
                guard value.isEmpty || Int64(value).map({ $0 >= 0 }) ?? false else {
                    throw Self.bad(name, value, "a whole number, 0 or more", context)
                }
            case "total":
                guard value.isEmpty || BooleanConverter.parse(value) != nil else {
                    throw Self.bad(name, value, "true or false", context)
                }
            case "sort": try check(query.sortFields, value, names.sort, context)
            case "filter":
                guard let filters = names.filters else { continue }
                for key in query.filter.keys where !Self.isKnown(key, filters) {
                    throw Self.unknown("UNKNOWN_FILTER", "filter", key, filters, context)
                }
            default:
                guard let parameters = names.parameters, !RestQuery.reserved.contains(ScalarText(name)),
                    !Self.isKnown(name, parameters)
                else { continue }
                let all = parameters + (RestQuery.reserved.map(\.text) + ["filter"]).sorted()
                throw Self.unknown("UNKNOWN_PARAMETER", "query parameter", name, all, context)
            }
        }
    }

    // MARK: - Internal

    private func check(
        _ fields: [(name: String, direction: String?)], _ value: String, _ known: [String]?, _ context: Context
    ) throws(ApplicationError) {
        for (name, direction) in fields {
            if let known, !Self.isKnown(name, known) {
                throw Self.unknown("UNKNOWN_SORT", "sort field", name, known, context)
            }
            if let direction, BooleanConverter.parse(direction) == nil {
                throw Self.bad("sort", value, "names with true or false, such as 'name=true,other=false'", context)
            }
        }
    }

    private var names: Names {
        if let known = known.current { return known }
        let names = Self.names(of: route)
        known.withLock { $0 = names }
        return names
    }

    private static func names(of route: RestRoute) -> Names {
        let path = route.path.parts(separatedBy: "/").filter { $0.begins(with: ":") }.map {
            ScalarText(String($0.unicodeScalars.dropFirst()))
        }
        let schema = route.schema as? ObjectSchema
        let properties = (schema?.properties ?? []).map(\.name).filter { name in
            !name.isSame(as: "body") && !path.contains(ScalarText(name))
        }
        let declared = properties + route.metadata.query.map(\.name)
        let own = declared.filter { !RestQuery.reserved.contains(ScalarText($0)) && !$0.isSame(as: "filter") }
        let result = Result(route.metadata.result() ?? .any)
        let isOpen =
            schema.map { $0.isUndefinedAllowed && !properties.isEmpty }
            ?? (route.schema != nil && route.metadata.query.isEmpty)

        var names = Names()
        if case .items(let fields, hasToken: _) = result { names.sort = fields }
        if isOpen { return names }
        if route.metadata.hasFixedQuery || !declared.isEmpty {
            names.filters = own
        } else {
            switch result {
            case .unknown: return names
            case .single: names.filters = []
            case .items(let fields, hasToken: _): names.filters = fields
            }
        }
        names.parameters = names.filters
        if case .items(_, hasToken: true) = result { names.parameters?.append("token") }
        return names
    }

    /// The properties of a route's result type that affect its query.
    private enum Result {
        /// Nothing.
        case unknown
        /// Not a list: filters do not apply.
        case single
        /// The fields of the items of a list or page, and whether the page has a token.
        case items([String], hasToken: Bool)

        init(_ type: SchemaType) {
            switch Result.schema(type) {
            case let list as ArraySchema: self.init(items: list, hasToken: false)
            // A type whose fields are not all known may be a page too.
            case let object as ObjectSchema where object.gap == nil:
                let data = object.properties.first { $0.name.isSame(as: "data") }
                if let list = data.flatMap({ Result.schema($0.type) }) as? ArraySchema {
                    self.init(items: list, hasToken: object.properties.contains { $0.name.isSame(as: "token") })
                } else {
                    self = .single
                }
            default: self = Result.isScalar(type) ? .single : .unknown
            }
        }

        private init(items list: ArraySchema, hasToken: Bool) {
            if let item = Result.schema(list.valueType) as? ObjectSchema, item.gap == nil {
                self = .items(item.properties.map(\.name), hasToken: hasToken)
            } else {
                self = .unknown
            }
        }

        private static func schema(_ type: SchemaType) -> (any Schema)? {
            guard case .schema(let schema) = type else { return nil }
            return (schema as? RecursiveSchema).map { Result.schema($0.resolved) } ?? schema
        }

        private static func isScalar(_ type: SchemaType) -> Bool {
            switch type {
            case .code(let code):
                [TypeCode.string, .boolean, .integer, .long, .float, .double, .dateTime].contains(code)
            case .schema(let schema): (schema as? KindSchema).map { isScalar($0.type) } ?? false
            case .any, .name: false
            }
        }
    }

    /// True if the name is known, or a path that starts with a known name.
    private static func isKnown(_ name: String, _ known: [String]) -> Bool {
        let first = name.divided(atFirst: ".")?.before ?? name[...]
        return known.contains { $0.isSame(as: name) || $0.isSame(as: first) }
    }

    private static func unknown(
        _ code: String, _ kind: String, _ name: String, _ known: [String], _ context: Context
    ) -> ApplicationError {
        .badRequest(
            code: code, "There is no \(kind) '\(name.shortened)'" + NearestName.hint(for: name.shortened, among: known),
            traceId: context.traceId,
            details: ["name": .string(name.shortened), "known": .array(known.map(AnyValue.string))])
    }

    private static func bad(
        _ name: String, _ value: String, _ expected: String, _ context: Context
    ) -> ApplicationError {
        .badRequest(
            code: "BAD_PARAMETER",
            "The query parameter '\(name)' is '\(value.shortened)'; expected \(expected)", traceId: context.traceId,
            details: [
                "name": .string(name), "value": .string(value.shortened), "expected": .string(expected),
            ])
    }
}
