/// Lists the OpenAPI documents of a service at `/swagger` (the toolkit's `SwaggerController`; `SwaggerService` in
/// version 3): the document itself when there is one, else their names and addresses as JSON.
public final class SwaggerController: RestController, SwaggerRegistry {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost(baseRoute: "swagger")
    private let documents = Locked<[Document]>([])

    private struct Document: Encodable, Sendable {
        let name: String
        let url: String
    }

    /// Creates a controller.
    public init() { SlotCollector.declare(self, children: [rest]) }

    /// The list of documents.
    public var routes: [RestRoute] {
        RestRoute(.get, "/") { [documents] context, request in
            let all = documents.current
            guard let only = all.first, all.count == 1 else { return try RestResponse.json(all) }
            return RestResponse(status: 302, headers: [("Location", only.url)])
        }
    }

    /// Adds a document.
    public func registerOpenAPISpec(baseRoute: String, swaggerRoute: String) {
        let url = "/" + [baseRoute, swaggerRoute].filter { !$0.isEmpty }.joined(separator: "/")
        documents.withLock { documents in
            documents.removeAll { $0.url == url }
            documents.append(Document(name: baseRoute, url: url))
        }
    }
}
