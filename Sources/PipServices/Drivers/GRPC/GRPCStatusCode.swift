#if PIP_GRPC
internal import GRPCCore

/// The table between the toolkit's categories of errors and the status codes of gRPC, which `docs/grpc.md` shows.
enum GRPCStatusCode {
    /// The status code of an error.
    static func code(of error: ApplicationError) -> RPCError.Code {
        switch error.category {
        case .badRequest: .invalidArgument
        case .unauthorized: error.status == 403 ? .permissionDenied : .unauthenticated
        case .notFound: .notFound
        case .conflict: .aborted
        case .tooManyRequests: .resourceExhausted
        case .unsupported: .unimplemented
        case .invalidState: error.status == 503 ? .unavailable : .failedPrecondition
        case .noResponse: error.status == 504 ? .deadlineExceeded : .unavailable
        case .internal, .misconfiguration, .fileError, .failedInvocation: .internalError
        default: error.status == 503 ? .unavailable : .unknown
        }
    }

    /// The category of a status code that comes without an error of the toolkit, with the HTTP status where it differs from
    /// the category's.
    static func category(of code: RPCError.Code) -> (category: ErrorCategory, status: Int?) {
        switch code {
        case .invalidArgument, .outOfRange: (.badRequest, nil)
        case .unauthenticated: (.unauthorized, nil)
        case .permissionDenied: (.unauthorized, 403)
        case .notFound: (.notFound, nil)
        case .alreadyExists, .aborted: (.conflict, nil)
        case .resourceExhausted: (.tooManyRequests, nil)
        case .unimplemented: (.unsupported, nil)
        case .failedPrecondition: (.invalidState, nil)
        case .unavailable, .deadlineExceeded, .cancelled: (.noResponse, nil)
        case .internalError, .dataLoss: (.internal, nil)
        default: (.unknown, nil)
        }
    }

    /// The name of a status code as specifications write it.
    static func name(of code: RPCError.Code) -> String {
        switch code {
        case .cancelled: "CANCELLED"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internalError: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        default: "UNKNOWN"
        }
    }
}
#endif
