/// The toolkit's error (`ApplicationException` and its twelve classes): a category, a code to tell failures apart by,
/// a message for people, and what is needed to follow it across services.
///
/// Static constructors carry the names of the toolkit's classes: `.badRequest(code: "NO_NAME", "A name is needed")`.
/// It travels as ``ErrorDescription``. Put no secrets into it.
public struct ApplicationError: Error {
    /// What kind of failure it is.
    public var category: ErrorCategory
    /// The HTTP status.
    public var status: Int
    /// What happened, for programs: such as `NOT_LINKED`.
    public var code: String
    /// What happened, for people.
    public var message: String
    /// The trace id of the operation that failed.
    public var traceId: String?
    /// Values that belong to the failure.
    public var details: AnyValueMap
    /// The text of the error that caused this one.
    public var cause: String?
    /// Where it happened, when a peer told.
    public var stackTrace: String?
    /// The error that caused this one, while it has not left the process.
    public var causeError: (any Error)?

    /// Creates an error. Code and message default to `UNKNOWN` and `Unknown error`, the status to the category's.
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
    /// The same error with another code.
    public func withCode(_ code: String?) -> Self {
        with { $0.code = code.flatMap { $0.isEmpty ? nil : $0 } ?? "UNKNOWN" }
    }
    /// The same error with another status, 500 for nil.
    public func withStatus(_ status: Int?) -> Self { with { $0.status = status.flatMap { $0 == 0 ? nil : $0 } ?? 500 } }
    /// The same error with one more detail.
    public func withDetails(_ key: String, _ value: AnyValue) -> Self { with { $0.details[key] = value } }
    /// The same error with the trace id of the operation that failed.
    public func withTraceId(_ traceId: String?) -> Self { with { $0.traceId = traceId } }
    /// The same error with a stack trace.
    public func withStackTrace(_ stackTrace: String?) -> Self { with { $0.stackTrace = stackTrace } }

    /// The same error with the error that caused it.
    public func withCause(_ cause: any Error) -> Self {
        with {
            $0.causeError = cause
            $0.cause = Self.text(of: cause)
        }
    }

    /// What to throw when `cause` was caught where this error would be thrown: an application error passes unchanged,
    /// so that its code survives; any other becomes the cause of this one.
    public func wrap(_ cause: any Error) -> Self { cause as? ApplicationError ?? withCause(cause) }

    // MARK: - Internal

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// True for an error that a client caused: its status is 400 to 499.
    static func isClientFault(_ error: any Error) -> Bool {
        guard let error = error as? ApplicationError else { return false }
        return (400..<500).contains(error.status)
    }

    /// The text of any error, for people.
    static func text(of error: any Error) -> String {
        (error as? ApplicationError)?.message ?? String(describing: error)
    }
}

extension ApplicationError: CustomStringConvertible {
    /// The code and the message, with the cause where there is one.
    public var description: String { "\(code): \(message)" + (cause.map { ". Caused by: \($0)" } ?? "") }
}
