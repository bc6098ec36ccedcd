#if PIP_AZURE
import FoundationEssentials

/// An error response of Azure.
struct AzureFailure: Sendable {
    let status: Int
    /// The error code, such as `QueueNotFound`.
    let code: String
    let message: String
    let requestId: String?
    /// The back-off that the server requests.
    let retryAfter: Duration?

    /// Parses a response whose status is not 2xx.
    init(_ response: HTTPClientResponse, now: Date) {
        status = response.status
        requestId = response[header: "x-ms-request-id"]
        date = response[header: "Date"].flatMap { RetryAfter.date($0, now: now) }
        location = [307, 308].contains(response.status) ? response[header: "Location"]?.trimmed : nil
        let pause = ["x-ms-retry-after-ms", "retry-after-ms"].lazy.compactMap { name in
            response[header: name].flatMap { Double($0.trimmed) }
        }.first { $0 >= 0 && $0 < 86_400_000 }
        if let pause {
            retryAfter = .microseconds(Int64(pause * 1000))
        } else {
            retryAfter = response[header: "Retry-After"].flatMap { RetryAfter.delay($0, now: now) }
        }
        let (code, message) = Self.read(response.body.bytes ?? [])
        self.code = (response[header: "x-ms-error-code"] ?? code ?? "HTTP_\(response.status)").trimmed.shortened
        self.message = message ?? ""
    }

    /// The request exceeded the rate limit and was not executed. Application Insights responds with 439 if its quota is
    /// exceeded.
    var isThrottling: Bool { status == 429 || status == 439 || status == 503 && code == "ServerBusy" }

    /// A signature was rejected, possibly because the clocks differ.
    var isOfSignature: Bool { status == 403 && code.isSame(as: "AuthenticationFailed") }

    /// The address in `Location` of a redirect with status 307 or 308.
    let location: String?
    /// The time of the service.
    let date: Date?

    /// A retry may succeed.
    var isTransient: Bool { [408, 500, 502, 503, 504].contains(status) }

    /// The token or the signature was rejected.
    var isUnauthorized: Bool { status == 401 }

    /// The error to throw.
    func error(_ context: Context, _ service: String, _ operation: String) -> ApplicationError {
        let category: ErrorCategory
        let name: String
        switch true {
        case isThrottling: (category, name) = (.tooManyRequests, "THROTTLED")
        case isDenied: (category, name) = (.noResponse, "ACCESS_DENIED")
        case isTransient: (category, name) = (.noResponse, "UNAVAILABLE")
        case status == 404: (category, name) = (.notFound, "NOT_FOUND")
        case status == 409 || status == 412: (category, name) = (.conflict, "CONFLICT")
        case status == 413: (category, name) = (.badRequest, "REQUEST_TOO_LARGE")
        default: (category, name) = (.failedInvocation, "REFUSED")
        }
        var details: AnyValueMap = [
            "service": .string(service), "operation": .string(operation), Self.codeDetail: .string(code),
            "status": .integer(Int64(status)),
        ]
        if let requestId { details["request_id"] = .string(requestId) }
        return ApplicationError(
            category, code: name,
            "\(service) refused \(operation) with status \(status): \(code)"
                + (shownMessage.isEmpty ? "" : ": \(shownMessage)"), traceId: context.traceId, details: details)
    }

    // MARK: - Internal

    static let codeDetail = "azure_code"

    /// Microsoft Entra rejects some unauthorized applications with status 400.
    private var isDenied: Bool {
        status == 401 || status == 403
            || ["invalid_client", "unauthorized_client", "invalid_grant"].contains(sameAs: code)
    }

    /// Messages about signatures contain the signed string.
    private var shownMessage: String {
        if status == 401 || status == 403, !code.contains(scalar: "_") { return "" }
        return String(message.prefix(upTo: "\r", "\n").unicodeScalars.prefix(500))
    }

    private static func read(_ bytes: [UInt8]) -> (code: String?, message: String?) {
        if let fields = (try? JSONParser.parse(bytes))?.map {
            // {"error": {"code", "message"}}, {"odata.error": ...}, {"error": "invalid_client", "error_description"}
            if let code = fields["error"]?.string { return (code, fields["error_description"]?.string) }
            let error = fields["error"]?.map ?? fields["odata.error"]?.map ?? fields
            let inner = error["innererror"]?["code"]?.string
            let message = error["message"]?.string ?? error["message"]?["value"]?.string
            if let first = fields["errors"]?.array?.first {
                return (first["statusCode"]?.getAsNullableInteger().map { "HTTP_\($0)" }, first["message"]?.string)
            }
            return (inner ?? error["code"]?.string, message)
        }
        guard let error = PlainXML.parse(bytes) else { return (nil, nil) }
        return (error["Code"]?.string, error["Message"]?.string)
    }
}

extension ApplicationError {
    /// The Azure error code; nil if the error is not from Azure.
    var azureCode: String? { details[AzureFailure.codeDetail]?.string }
}
#endif
