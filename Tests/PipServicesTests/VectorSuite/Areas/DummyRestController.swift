import PipServices

/// The REST routes of the service that the HTTP vectors were recorded from.
final class DummyRestController: RestController {
    let rest = RestHost(baseRoute: "rest")

    private static let validated = ObjectSchema(allowUndefined: true).withRequiredProperty(
        "body", .schema(ObjectSchema().withRequiredProperty("key", .string)))

    var routes: [RestRoute] {
        RestRoute(.get, "/items") { (_, request) -> AnyValueMap? in
            [
                "filter": try AnyValue(encoding: request.query.filter),
                "paging": try AnyValue(encoding: request.query.paging),
            ]
        }
        RestRoute(.get, "/items/:id") { (_, request) -> AnyValueMap? in
            let id = try request.parameter("id")
            return id == "none" ? nil : ["id": .string(id)]
        }
        RestRoute(.post, "/items", status: 201) { (_, request) -> AnyValue? in try await request.body.json() }
        RestRoute(.delete, "/items/:id") { (_, _) -> AnyValue? in nil }
        RestRoute(.get, "/error/:kind") { (context, request) -> AnyValue? in
            throw try Self.error(request.parameter("kind")).withTraceId(context.traceId)
        }
        RestRoute(.post, "/validated", schema: Self.validated) { (_, request) -> AnyValue? in
            try await request.body.json()
        }
    }

    /// The errors that the toolkit's operations send by name.
    private static func error(_ kind: String) throws -> ApplicationError {
        switch kind {
        case "bad_request": .badRequest(code: "BAD_REQUEST", "M")
        case "unauthorized": .unauthorized(code: "UNAUTHORIZED", "M")
        case "not_found": .notFound(code: "NOT_FOUND", "M")
        case "conflict": .conflict(code: "CONFLICT", "M")
        case "session_expired": .unknown(code: "SESSION_EXPIRED", "M").withStatus(440)
        case "internal": .unknown(code: "INTERNAL", "M")
        case "unavailable": .conflict(code: "SERVER_UNAVAILABLE", "M").withStatus(503)
        default: throw VectorInput.Unclear(what: kind)
        }
    }
}
