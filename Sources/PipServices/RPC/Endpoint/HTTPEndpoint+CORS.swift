// MARK: - Internal

/// Requests from web pages of other origins.
extension HTTPEndpoint {
    /// Header fields of every response, which the server adds.
    var fixedHeaders: [(name: String, value: String)] {
        [
            ("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Expires", "0"),
        ] + (allowsAnyOrigin ? [("Access-Control-Allow-Origin", "*"), Self.exposedHeaders] : [])
    }

    /// The fields of a response that a page of another origin may read, beside those that every page may read.
    private static let exposedHeaders = (name: "Access-Control-Expose-Headers", value: "trace_id, Retry-After")
    /// How many seconds a browser may remember the response to a preflight request.
    private static let preflightAge = "600"

    var allowsAnyOrigin: Bool {
        let origins = corsOrigins()
        return origins.isEmpty || origins.contains(sameAs: "*")
    }

    /// Tells a browser that the requesting page may read the response. The field has room for one origin only, so the
    /// response depends on the origin of the request.
    func allowOrigin(_ request: RestRequest, _ response: inout RestResponse) {
        response.headers.append(("Vary", "Origin"))
        if let origin = request.headers["origin"], corsOrigins().contains(sameAs: origin) {
            response.headers.append(("Access-Control-Allow-Origin", origin))
            response.headers.append(Self.exposedHeaders)
        }
    }

    /// The response to a preflight request; nil for any other request. Browsers send it without credentials and tell the
    /// page nothing about a failure, so it depends neither on the path nor on the load. A route for `OPTIONS` goes first.
    func preflight(_ request: RestRequest) -> RestResponse? {
        guard request.method == .options, request.headers["origin"] != nil,
            request.headers["access-control-request-method"] != nil
        else { return nil }
        return switch routes.router.match(.options, request.path) {
        case .found: nil
        case .otherMethods(let methods): options(methods)
        // The page learns the status 404 from its request.
        case .nothing: options(["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"])
        }
    }

    /// The response to `OPTIONS`, for a path with these methods.
    func options(_ methods: [String]) -> RestResponse {
        RestResponse(
            status: 204,
            headers: [
                ("Allow", Self.allowed(methods)),
                ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
                (
                    "Access-Control-Allow-Headers",
                    (["Content-Type", "trace_id", "correlation_id"] + corsHeaders()).joined(separator: ", ")
                ),
                ("Access-Control-Max-Age", Self.preflightAge),
            ])
    }

    /// The value of `Allow` for a path with routes for these methods: `OPTIONS` is answered everywhere, and `HEAD` by the
    /// routes for `GET`.
    static func allowed(_ methods: [String]) -> String {
        Set(methods + ["OPTIONS"] + (methods.contains(sameAs: "GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
    }
}
