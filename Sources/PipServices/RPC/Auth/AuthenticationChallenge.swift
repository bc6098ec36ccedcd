/// The challenge of a response with status 401: RFC 9110 requires `WWW-Authenticate` there.
enum AuthenticationChallenge {
    /// Adds the field to a response with status 401; leaves every other response as it is.
    static func add(to response: inout RestResponse) {
        if response.status == 401 { response.headers.append(("WWW-Authenticate", "Bearer, Basic")) }
    }
}
