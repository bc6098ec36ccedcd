/// Requires a JSON content type for JSON bodies from web pages.
///
/// A browser sends `text/plain` to other origins without a preflight request, with cached Basic credentials or a client
/// certificate. A JSON content type forces a preflight request. Clients other than browsers send neither `Origin` nor
/// `Sec-Fetch-Site`, and may omit the content type.
enum CrossOriginBody {
    /// True if the request comes from a web page, possibly of another origin, and its content type is not JSON.
    static func needsJSONType(_ request: RestRequest) -> Bool {
        // A browser sends no body with these.
        guard request.method != .get, request.method != .head else { return false }
        let site = request.headers["sec-fetch-site"]?.asciiLowercased
        guard request.headers["origin"] != nil || site == "cross-site" || site == "same-site" else { return false }
        return !isJSON(request.headers["content-type"])
    }

    static let refusal = ApplicationError.badRequest(
        code: "UNSUPPORTED_MEDIA_TYPE", "A page must send JSON with the content type application/json"
    ).withStatus(415)

    private static func isJSON(_ field: String?) -> Bool {
        let type = field?.prefix(upTo: ";").trimmed.asciiLowercased ?? ""
        return type == "application/json" || type.begins(with: "application/") && type.ends(with: "+json")
    }
}
