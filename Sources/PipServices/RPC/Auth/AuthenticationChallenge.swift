/// The challenges of a response with status 401: RFC 9110 requires `WWW-Authenticate` there.
enum AuthenticationChallenge {
    /// Adds a field for each scheme to a response with status 401, unless it has one; leaves every other response as it is.
    ///
    /// Each scheme has a field of its own: clients that know one scheme only fail to read a list of several.
    static func add(to response: inout RestResponse, of request: RestRequest, schemes: [String], realm: String) {
        guard response.status == 401,
            !response.headers.contains(where: { $0.name.isSame(ignoringCase: "www-authenticate") })
        else { return }
        // Without an authenticator, interceptors sign users in: the field is required all the same.
        for scheme in schemes.isEmpty ? ["Bearer"] : schemes {
            response.headers.append(("WWW-Authenticate", challenge(scheme, request, realm)))
        }
    }

    private static func challenge(_ scheme: String, _ request: RestRequest, _ realm: String) -> String {
        let challenge = "\(scheme) realm=\(quoted(realm))"
        switch scheme.asciiLowercased {
        case "basic": return challenge + ", charset=\"UTF-8\""
        // RFC 6750: no error for a request without a token.
        case "bearer" where RestAuthentication.scheme(of: request) == "bearer":
            return challenge + ", error=\"invalid_token\""
        default: return challenge
        }
    }

    /// A quoted string of RFC 9110; what it cannot hold is left out.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars where (0x20...0x7E).contains(scalar.value) {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
