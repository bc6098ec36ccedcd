/// Serves a page at `/swagger` for reading and trying the service's API (the toolkit's `SwaggerController`;
/// `SwaggerService` in version 3).
///
/// The page lists the OpenAPI documents of all controllers with `swagger.enable`, shows operations, parameters and
/// schemas, and can call them. All URLs are relative, so it works behind a proxy that strips a path prefix. It is a
/// self-contained HTML document, and its `Content-Security-Policy` allows only its own script. Requests that accept
/// `application/json` receive the list of documents instead.
public final class SwaggerController: RestController, SwaggerRegistry {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost(baseRoute: "swagger", isDocumented: false)
    private let random = RandomSlot()
    private let documents = Locked<[SwaggerPage.Document]>([])

    /// Creates a controller.
    public init() {}

    /// The page, also at `index.html` as in the other editions.
    public var routes: [RestRoute] {
        for path in ["/", "/index.html"] {
            RestRoute(.get, path, name: "swagger") { [self] _, request in
                let root = request.relativeRoot
                let list = documents.current.map { SwaggerPage.Document(name: $0.name, url: root + $0.url) }
                if HeaderFields.accepts("application/json", request.headers["accept"]) {
                    return try RestResponse.json(list)
                }
                return page(list, root)
            }.undocumented()
        }
    }

    /// Registers the routes with the endpoint.
    public func open(_ context: Context) async throws {
        try rest.register(routes, under: rest.baseRoute, for: self)
    }

    /// Adds a document.
    public func registerOpenAPISpec(baseRoute: String, swaggerRoute: String) {
        let url =
            "/" + [RestHost.trim(baseRoute), RestHost.trim(swaggerRoute)].filter { !$0.isEmpty }.joined(separator: "/")
        documents.withLock { documents in
            documents.removeAll { $0.url == url }
            documents.append(SwaggerPage.Document(name: baseRoute, url: url))
        }
    }

    // MARK: - Internal

    private func page(_ documents: [SwaggerPage.Document], _ root: String) -> RestResponse {
        let source = random()
        let nonce = [source.next(), source.next()].map { String($0, radix: 36) }.joined()
        var response = RestResponse.text(
            SwaggerPage.html(documents, root: root, nonce: nonce), type: "text/html; charset=utf-8")
        response.headers += SwaggerPage.headers(nonce: nonce)
        return response
    }
}
