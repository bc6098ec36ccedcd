/// The category of an error (the toolkit's `ErrorCategory`). It is an open set of names that are sent between services;
/// each has an HTTP status.
public struct ErrorCategory: RawRepresentable, Hashable, Sendable {
    /// The name that is sent.
    public let rawValue: String

    /// Creates a category from its name. Unknown names are kept.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// An unexpected failure: 500.
    public static let unknown = ErrorCategory(rawValue: "Unknown")
    /// A programming error: 500.
    public static let `internal` = ErrorCategory(rawValue: "Internal")
    /// A configuration error: 500.
    public static let misconfiguration = ErrorCategory(rawValue: "Misconfiguration")
    /// A component in the wrong state, such as one that is not open: 500.
    public static let invalidState = ErrorCategory(rawValue: "InvalidState")
    /// No connection to another system, or no response in time: 500.
    public static let noResponse = ErrorCategory(rawValue: "NoResponse")
    /// A failed remote call: 500.
    public static let failedInvocation = ErrorCategory(rawValue: "FailedInvocation")
    /// A failure to read or write a file: 500.
    public static let fileError = ErrorCategory(rawValue: "FileError")
    /// Invalid parameters of a call: 400.
    public static let badRequest = ErrorCategory(rawValue: "BadRequest")
    /// An unauthenticated caller, or one without permission: 401.
    public static let unauthorized = ErrorCategory(rawValue: "Unauthorized")
    /// Something was not found: 404.
    public static let notFound = ErrorCategory(rawValue: "NotFound")
    /// A version conflict, or a lock that could not be acquired: 409.
    public static let conflict = ErrorCategory(rawValue: "Conflict")
    /// Too many calls: 429.
    public static let tooManyRequests = ErrorCategory(rawValue: "TooManyRequests")
    /// A feature that is not implemented or not compiled in: 500.
    public static let unsupported = ErrorCategory(rawValue: "Unsupported")

    /// The HTTP status of the category: 500 unless the caller is at fault.
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

    /// True for a category of the toolkit. Its status does not depend on a peer.
    var isKnown: Bool { Self.known.contains(self) }

    private static let known: Set<ErrorCategory> = [
        .unknown, .internal, .misconfiguration, .invalidState, .noResponse, .failedInvocation, .fileError,
        .badRequest, .unauthorized, .notFound, .conflict, .tooManyRequests, .unsupported,
    ]
}
