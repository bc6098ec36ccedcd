/// What kind of failure an error is (the toolkit's `ErrorCategory`): an open set of names that travel on the wire,
/// each with the HTTP status that goes with it.
public struct ErrorCategory: RawRepresentable, Hashable, Sendable {
    /// The name on the wire.
    public let rawValue: String

    /// A category by its name on the wire. Names that the toolkit does not know are kept as they are.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// An unexpected failure: 500.
    public static let unknown = ErrorCategory(rawValue: "Unknown")
    /// A programming mistake: 500.
    public static let `internal` = ErrorCategory(rawValue: "Internal")
    /// A mistake in the configuration: 500.
    public static let misconfiguration = ErrorCategory(rawValue: "Misconfiguration")
    /// A component in the wrong state, such as one that is not open: 500.
    public static let invalidState = ErrorCategory(rawValue: "InvalidState")
    /// No connection to another system, or no answer from it in time: 500.
    public static let noResponse = ErrorCategory(rawValue: "NoResponse")
    /// A remote call that failed: 500.
    public static let failedInvocation = ErrorCategory(rawValue: "FailedInvocation")
    /// A failure to read or write a file: 500.
    public static let fileError = ErrorCategory(rawValue: "FileError")
    /// Wrong parameters of a call: 400.
    public static let badRequest = ErrorCategory(rawValue: "BadRequest")
    /// The caller is not known or may not do this: 401.
    public static let unauthorized = ErrorCategory(rawValue: "Unauthorized")
    /// Something that is not there: 404.
    public static let notFound = ErrorCategory(rawValue: "NotFound")
    /// A conflict of versions, or a lock that was not got: 409.
    public static let conflict = ErrorCategory(rawValue: "Conflict")
    /// Too many calls: 429.
    public static let tooManyRequests = ErrorCategory(rawValue: "TooManyRequests")
    /// Something that is not built or not compiled in: 500.
    public static let unsupported = ErrorCategory(rawValue: "Unsupported")

    /// The HTTP status that goes with the category: 500 unless the category is about the caller.
    public var status: Int {
        switch self {
        case .badRequest: 400
        case .unauthorized: 401
        case .notFound: 404
        case .conflict: 409
        case .tooManyRequests: 429
        default: 500
        }
    }

    // MARK: - Internal

    /// True for the categories of the toolkit, whose status does not depend on what a peer says.
    var isKnown: Bool { Self.known.contains(self) }

    private static let known: Set<ErrorCategory> = [
        .unknown, .internal, .misconfiguration, .invalidState, .noResponse, .failedInvocation, .fileError,
        .badRequest, .unauthorized, .notFound, .conflict, .tooManyRequests, .unsupported,
    ]
}
