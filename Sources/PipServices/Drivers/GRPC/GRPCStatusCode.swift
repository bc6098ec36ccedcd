#if PIP_GRPC
internal import GRPCCore

/// The mapping between the toolkit's error categories and gRPC status codes, see `docs/grpc.md`.
enum GRPCStatusCode {
    /// Returns the status code of an error.
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

    /// Returns the category of a status code without an error of the toolkit, and the HTTP status if it differs from
    /// that of the category.
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

    /// Returns the name of a status code in the spelling of the gRPC specification.
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
