/// Authentication challenges. RFC 9110 requires `WWW-Authenticate` in a 401 response.
enum AuthenticationChallenge {
    /// Adds a challenge for each scheme to a 401 response that has none. Other responses are unchanged.
    ///
    /// Each scheme has its own field: clients that know only one scheme fail to parse a list.
    static func add(to response: inout RestResponse, of request: RestRequest, schemes: [String], realm: String) {
        guard response.status == 401,
            !response.headers.contains(where: { $0.name.isSame(ignoringCase: "www-authenticate") })
        else { return }
        // Without an authenticator, interceptors may authenticate users: the field is still required.
        for scheme in schemes.isEmpty ? ["Bearer"] : schemes {
            response.headers.append(("WWW-Authenticate", challenge(scheme, request, realm)))
        }
    }

    private static func challenge(_ scheme: String, _ request: RestRequest, _ realm: String) -> String {
        let challenge = "\(scheme) realm=\(quoted(realm))"
        switch scheme.asciiLowercased {
        case "basic": return challenge + ", charset=\"UTF-8\""
        // RFC 6750: no error code if the request has no token.
        case "bearer" where RestAuthentication.scheme(of: request) == "bearer":
            return challenge + ", error=\"invalid_token\""
        default: return challenge
        }
    }

    /// An RFC 9110 quoted string. Characters that it cannot contain are removed.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars where (0x20...0x7E).contains(scalar.value) {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
