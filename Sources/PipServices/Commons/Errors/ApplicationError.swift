/// The toolkit's error (`ApplicationException` and its twelve classes). It has a category, a machine-readable code, a
/// human-readable message, and the data to trace it across services.
///
/// Static functions have the names of the toolkit's classes: `.badRequest(code: "NO_NAME", "A name is needed")`.
/// Services send it as an ``ErrorDescription``, so it must not contain secrets.
public struct ApplicationError: Error {
    /// The category of the error.
    public var category: ErrorCategory
    /// The HTTP status.
    public var status: Int
    /// The machine-readable code, such as `NOT_LINKED`.
    public var code: String
    /// The human-readable message.
    public var message: String
    /// The trace id of the failed operation.
    public var traceId: String?
    /// Additional values that describe the error.
    public var details: AnyValueMap
    /// The message of the error that caused this one.
    public var cause: String?
    /// The stack trace, if a peer sent one.
    public var stackTrace: String?
    /// The error that caused this one, if both occurred in this process.
    public var causeError: (any Error)?

    /// Creates an error. The code defaults to `UNKNOWN`, the message to `Unknown error`, and the status to that of the
    /// category.
    public init(
        _ category: ErrorCategory = .unknown, code: String? = nil, _ message: String? = nil, status: Int? = nil,
        traceId: String? = nil, details: AnyValueMap = [:], cause: (any Error)? = nil
    ) {
        self.category = category
        self.status = status ?? category.status
        self.code = code.flatMap { $0.isEmpty ? nil : $0 } ?? "UNKNOWN"
        self.message = message ?? "Unknown error"
        self.traceId = traceId
        self.details = details
        causeError = cause
        self.cause = cause.map(Self.text)
    }
}

extension ApplicationError {
    /// Returns a copy of the error with another code.
    public func withCode(_ code: String?) -> Self {
        with { $0.code = code.flatMap { $0.isEmpty ? nil : $0 } ?? "UNKNOWN" }
    }
    /// Returns a copy of the error with another status; 500 for nil.
    public func withStatus(_ status: Int?) -> Self { with { $0.status = status.flatMap { $0 == 0 ? nil : $0 } ?? 500 } }
    /// Returns a copy of the error with one more detail.
    public func withDetails(_ key: String, _ value: AnyValue) -> Self { with { $0.details[key] = value } }
    /// Returns a copy of the error with the trace id of the failed operation.
    public func withTraceId(_ traceId: String?) -> Self { with { $0.traceId = traceId } }
    /// Returns a copy of the error with a stack trace.
    public func withStackTrace(_ stackTrace: String?) -> Self { with { $0.stackTrace = stackTrace } }

    /// Returns a copy of the error with the error that caused it.
    public func withCause(_ cause: any Error) -> Self {
        with {
            $0.causeError = cause
            $0.cause = Self.text(of: cause)
        }
    }

    /// Returns the error to throw after catching `cause`. An application error is returned unchanged, so that its code
    /// survives. Any other error becomes the cause of this one.
    public func wrap(_ cause: any Error) -> Self { cause as? ApplicationError ?? withCause(cause) }

    // MARK: - Internal

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// Returns true if a client caused the error: its status is 400 to 499.
    static func isClientFault(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return (400..<500).contains(error.status)
    }

    /// Returns the human-readable message of any error.
    static func text(of error: any Error) -> String {
        (error as? ApplicationError)?.message ?? String(describing: error)
    }
}

extension ApplicationError: CustomStringConvertible {
    /// The code and the message, with the cause if there is one.
    public var description: String { "\(code): \(message)" + (cause.map { ". Caused by: \($0)" } ?? "") }
}
