#if PIP_AWS
/// The errors that functions report: `errorType`, `errorMessage` and `stackTrace` in addition to the fields of
/// ``ErrorDescription``.
enum LambdaFailure {
    /// Returns the JSON of an error. An error that is not an ``ApplicationError`` is reported without details.
    static func payload(_ error: any Error, _ context: Context) -> [UInt8] {
        var description = ErrorDescription(error)
        if !(error is ApplicationError) {
            description.type = nil
            description.message = "An internal error occurred"
        }
        description.cause = nil
        description.stackTrace = nil
        description.traceId = description.traceId ?? context.traceId
        var fields: AnyValueMap = [
            "errorType": .string(type(of: error)), "errorMessage": .string(description.message), "stackTrace": [],
        ]
        for (name, value) in (try? AnyValue(encoding: description))?.map ?? [:]
        where !value.isNull && !fields.contains(name) { fields[name] = value }
        return JSONWriter.bytes(of: .map(fields))
    }

    /// The name of the toolkit's class for an error, as functions in other languages report it.
    static func type(of error: any Error) -> String {
        let category = (error as? ApplicationError)?.category ?? .unknown
        let name = names.first { $0.category == category }?.name
        return name ?? "\(category.rawValue)Exception"
    }

    /// Returns the error that a function reported.
    static func restored(_ payload: [UInt8], _ context: Context, function: String) -> ApplicationError {
        let fields = (try? JSONParser.parse(payload))?.map ?? [:]
        let message = fields["errorMessage"]?.string
        // Some runtimes report only the message, which may be an error description in JSON.
        let inner = message.flatMap { try? JSONParser.parse($0) }?.map
        for candidate in [fields, inner ?? [:]] where candidate["category"]?.string != nil {
            if var description = ErrorDescription(.map(candidate)) {
                description.traceId = description.traceId ?? context.traceId
                return description.applicationError
            }
        }
        let type = fields["errorType"]?.string ?? "Unhandled"
        let known = names.first { type.isSame(as: $0.name) || type.ends(with: ".\($0.name)") }
        return ApplicationError(
            known?.category ?? .failedInvocation, code: type.shortened,
            message.map { String($0.unicodeScalars.prefix(1000)) } ?? "The function failed", traceId: context.traceId,
            details: ["function": .string(function)])
    }

    // MARK: - Internal

    private static let names: [(category: ErrorCategory, name: String)] = [
        (.unknown, "UnknownException"), (.internal, "InternalException"), (.misconfiguration, "ConfigException"),
        (.invalidState, "InvalidStateException"), (.noResponse, "ConnectionException"),
        (.failedInvocation, "InvocationException"), (.fileError, "FileException"), (.badRequest, "BadRequestException"),
        (.unauthorized, "UnauthorizedException"), (.notFound, "NotFoundException"), (.conflict, "ConflictException"),
        (.tooManyRequests, "TooManyRequestsException"), (.unsupported, "UnsupportedException"),
    ]
}
#endif
