// MARK: - Internal

/// Requests from web pages of other origins.
extension HTTPEndpoint {
    /// Header fields of every response, which the server adds.
    var fixedHeaders: [(name: String, value: String)] {
        [
            ("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Expires", "0"),
        ] + (allowsAnyOrigin ? [("Access-Control-Allow-Origin", "*")] : [])
    }

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
        }
    }

    /// The response to a preflight request.
    func preflight(_ methods: [String]) -> RestResponse {
        RestResponse(
            status: 204,
            headers: [
                ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
                (
                    "Access-Control-Allow-Headers",
                    (["Content-Type", "trace_id", "correlation_id"] + corsHeaders()).joined(separator: ", ")
                ),
            ])
    }
}
