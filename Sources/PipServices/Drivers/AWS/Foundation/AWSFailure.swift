#if PIP_AWS
import FoundationEssentials

/// An error response of AWS.
struct AWSFailure: Sendable {
    let status: Int
    /// The error code without a namespace, such as `ThrottlingException`.
    let code: String
    let message: String
    let requestId: String?
    /// The back-off that the server requests.
    let retryAfter: Duration?
    /// The server's time.
    let date: Date?

    /// Parses a response whose status is not 2xx.
    init(_ response: HTTPClientResponse, now: Date) {
        status = response.status
        requestId = response[header: "x-amzn-RequestId"] ?? response[header: "x-amz-request-id"]
        date = response[header: "Date"].flatMap(Self.date)
        let pause = response[header: "x-amz-retry-after"].flatMap { Double($0.trimmed) }
        if let pause, pause >= 0, pause < 86_400_000 {
            retryAfter = .microseconds(Int64(pause * 1000))
        } else {
            retryAfter = response[header: "Retry-After"].flatMap { RetryAfter.delay($0, now: now) }
        }
        let bytes = response.body.bytes ?? []
        var (code, message): (String?, String?) = (nil, nil)
        if let fields = (try? JSONParser.parse(bytes))?.map {
            code = fields["__type"]?.string ?? fields["code"]?.string ?? fields["Code"]?.string
            message = fields["message"]?.string ?? fields["Message"]?.string ?? fields["errorMessage"]?.string
        } else if let value = PlainXML.parse(bytes) {
            // <ErrorResponse><Error>, <Response><Errors><Error>, <Error>
            let error = value["Error"] ?? value["Errors"]?["Error"] ?? value
            (code, message) = (error["Code"]?.string, error["Message"]?.string)
        }
        self.code = Self.name(response[header: "x-amzn-ErrorType"] ?? code ?? "HTTP_\(response.status)")
        self.message = message ?? ""
    }

    /// The request exceeded the rate limit and was not executed.
    var isThrottling: Bool { status == 429 || Self.throttling.contains(ScalarText(code)) }

    /// A retry may succeed.
    var isTransient: Bool { [500, 502, 503, 504].contains(status) || Self.transient.contains(ScalarText(code)) }

    /// The credentials have expired.
    var isExpiredToken: Bool { Self.expired.contains(ScalarText(code)) }

    /// The time of the signature may be the cause.
    var isOfTime: Bool { Self.ofTime.contains(ScalarText(code)) }

    /// The error to throw.
    func error(_ context: Context, _ service: String, _ operation: String) -> ApplicationError {
        let category: ErrorCategory
        let name: String
        switch true {
        case isThrottling: (category, name) = (.tooManyRequests, "THROTTLED")
        case Self.access.contains(ScalarText(code)) || isExpiredToken || isOfTime || status == 401 || status == 403:
            (category, name) = (.noResponse, "ACCESS_DENIED")
        case isTransient: (category, name) = (.noResponse, "UNAVAILABLE")
        case status == 404 || code.ends(with: "NotFoundException") || code.ends(with: "DoesNotExist"):
            (category, name) = (.notFound, "NOT_FOUND")
        case status == 413 || code == "RequestEntityTooLargeException" || code == "RequestTooLargeException":
            (category, name) = (.badRequest, "REQUEST_TOO_LARGE")
        default: (category, name) = (.failedInvocation, "REFUSED")
        }
        var details: AnyValueMap = [
            "service": .string(service), "operation": .string(operation), Self.codeDetail: .string(code),
            "status": .integer(Int64(status)),
        ]
        if let requestId { details["request_id"] = .string(requestId) }
        return ApplicationError(
            category, code: name,
            "AWS \(service) refused \(operation) with status \(status): \(code)"
                + (shownMessage.isEmpty ? "" : ": \(shownMessage)"), traceId: context.traceId, details: details)
    }

    // MARK: - Internal

    static let codeDetail = "aws_code"

    /// Messages about signatures contain the signed string, and messages about keys contain the keys.
    private var shownMessage: String {
        Self.access.contains(ScalarText(code)) || isOfTime
            ? "" : String(message.unicodeScalars.prefix(500)).replacing(text: "\n", with: " ")
    }

    /// `com.amazonaws.sqs#QueueDoesNotExist`, `ThrottlingException:http://internal.amazon.com/`
    private static func name(_ code: String) -> String {
        let behind = code.divided(atLast: "#")?.after ?? code[...]
        return String(behind.prefix(upTo: ":")).trimmed.shortened
    }

    /// Parses the header field `Date` in the preferred format of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Date? {
        let parts = text.asciiLowercased.unicodeScalars.split { " ,:".unicodeScalars.contains($0) }.map { String($0) }
        guard parts.count == 8, let month = months.firstIndex(of: parts[2]) else { return nil }
        func padded(_ number: String) -> String { number.utf8.count == 1 ? "0\(number)" : number }
        return ISODate.parse(
            "\(parts[3])-\(padded("\(month + 1)"))-\(padded(parts[1]))T\(parts[4]):\(parts[5]):\(parts[6])Z")
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let throttling: Set<ScalarText> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException", "KmsThrottled", "OverLimit",
    ]
    private static let transient: Set<ScalarText> = [
        "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure", "InternalServerError",
        "InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException",
    ]
    /// `RequestExpired` can refer to the token or to the time.
    private static let expired: Set<ScalarText> = [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired",
    ]
    private static let ofTime: Set<ScalarText> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]
    private static let access: Set<ScalarText> = [
        "AccessDenied", "AccessDeniedException", "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException",
        "MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature",
        "IncompleteSignatureException", "InvalidAccessKeyId", "NotAuthorized", "OptInRequired",
        "InvalidSignatureException",
        "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch",
    ]
}

extension ApplicationError {
    /// The AWS error code; nil if the error is not from AWS.
    var awsCode: String? { details[AWSFailure.codeDetail]?.string }
}
#endif
