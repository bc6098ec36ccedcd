// MARK: - Internal

/// Cross-origin requests from web pages.
extension HTTPEndpoint {
    /// Header fields that the server adds to every response.
    var fixedHeaders: HeaderFields {
        var fields: HeaderFields = [
            ("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Expires", "0"),
        ]
        if allowsAnyOrigin {
            fields.append(("Access-Control-Allow-Origin", "*"))
            fields.append(Self.exposedHeaders)
        }
        return fields
    }

    /// The response fields that pages of other origins may read, in addition to the standard ones.
    private static let exposedHeaders = (name: "Access-Control-Expose-Headers", value: "trace_id, Retry-After")
    /// How long a browser may cache a preflight response, in seconds.
    private static let preflightAge = "600"

    var allowsAnyOrigin: Bool {
        let origins = corsOrigins()
        return origins.isEmpty || origins.contains(sameAs: "*")
    }

    /// Allows the requesting page to read the response. The field holds a single origin, so the response varies by
    /// `Origin`.
    func allowOrigin(_ request: RestRequest, _ response: inout RestResponse) {
        response.headers.append(("Vary", "Origin"))
        if let origin = request.headers["origin"], corsOrigins().contains(sameAs: origin) {
            response.headers.append(("Access-Control-Allow-Origin", origin))
            response.headers.append(Self.exposedHeaders)
        }
    }

    /// The response to a preflight request; nil for any other request. Browsers send it without credentials and hide
    /// failures from the page, so it depends neither on the path nor on the load. A route for `OPTIONS` takes
    /// precedence.
    func preflight(_ request: RestRequest) -> RestResponse? {
        guard request.method == .options, request.headers["origin"] != nil,
            request.headers["access-control-request-method"] != nil
        else { return nil }
        return switch routes.router.match(.options, request.path) {
        case .found: nil
        case .otherMethods(let methods): options(methods)
        // The page receives the status 404 for the actual request.
        case .nothing: options(["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"])
        }
    }

    /// The response to `OPTIONS` for a path with these methods.
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

    /// The value of `Allow` for a path with these methods: `OPTIONS` works everywhere, and routes for `GET` also serve
    /// `HEAD`.
    static func allowed(_ methods: [String]) -> String {
        Set(methods + ["OPTIONS"] + (methods.contains(sameAs: "GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
    }
}
