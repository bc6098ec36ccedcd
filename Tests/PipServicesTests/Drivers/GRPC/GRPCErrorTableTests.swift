#if PIP_GRPC
import GRPCCore
import Testing

@testable import PipServices

/// The tables of `docs/grpc.md`.
@Suite struct GRPCErrorTableTests {
    static let sent: [(ErrorCategory, Int?, RPCError.Code)] = [
        (.badRequest, nil, .invalidArgument), (.badRequest, 413, .invalidArgument),
        (.unauthorized, nil, .unauthenticated), (.unauthorized, 403, .permissionDenied), (.notFound, nil, .notFound),
        (.conflict, nil, .aborted), (.tooManyRequests, nil, .resourceExhausted), (.unsupported, nil, .unimplemented),
        (.invalidState, nil, .failedPrecondition), (.invalidState, 503, .unavailable), (.noResponse, nil, .unavailable),
        (.noResponse, 504, .deadlineExceeded), (.internal, nil, .internalError),
        (.misconfiguration, nil, .internalError),
        (.fileError, nil, .internalError), (.failedInvocation, nil, .internalError), (.unknown, nil, .unknown),
        (ErrorCategory(rawValue: "Custom"), nil, .unknown), (.unknown, 503, .unavailable),
    ]

    @Test(arguments: sent)
    func aCategoryHasACode(category: ErrorCategory, status: Int?, code: RPCError.Code) {
        let error = ApplicationError(category, code: "TEST", "Test", status: status)
        #expect(GRPCStatusCode.code(of: error) == code)
    }

    static let received: [(RPCError.Code, ErrorCategory, Int, String)] = [
        (.invalidArgument, .badRequest, 400, "INVALID_ARGUMENT"), (.outOfRange, .badRequest, 400, "OUT_OF_RANGE"),
        (.unauthenticated, .unauthorized, 401, "UNAUTHENTICATED"),
        (.permissionDenied, .unauthorized, 403, "PERMISSION_DENIED"), (.notFound, .notFound, 404, "NOT_FOUND"),
        (.alreadyExists, .conflict, 409, "ALREADY_EXISTS"), (.aborted, .conflict, 409, "ABORTED"),
        (.resourceExhausted, .tooManyRequests, 429, "RESOURCE_EXHAUSTED"),
        (.unimplemented, .unsupported, 500, "UNIMPLEMENTED"),
        (.failedPrecondition, .invalidState, 500, "FAILED_PRECONDITION"), (.internalError, .internal, 500, "INTERNAL"),
        (.dataLoss, .internal, 500, "DATA_LOSS"), (.unavailable, .noResponse, 500, "UNAVAILABLE"),
        (.deadlineExceeded, .noResponse, 500, "DEADLINE_EXCEEDED"), (.cancelled, .noResponse, 500, "CANCELLED"),
        (.unknown, .unknown, 500, "UNKNOWN"),
    ]

    @Test(arguments: received)
    func aCodeHasACategory(code: RPCError.Code, category: ErrorCategory, status: Int, name: String) {
        let found = GRPCStatusCode.category(of: code)
        #expect(found.category == category)
        #expect((found.status ?? category.status) == status)
        #expect(GRPCStatusCode.name(of: code) == name)
    }

    /// Clients of other languages read 8 KiB of trailers.
    @Test(arguments: ["", "ä", "%", "😀"], [0, 100, 3_000, 4_000])
    func aStatusFitsIntoItsTrailer(sign: String, details: Int) throws {
        let text = String(repeating: sign, count: 5_000)
        let error = ApplicationError.conflict(
            code: "TEST", text, traceId: String(repeating: "ä", count: 128),
            details: ["key": .string(String(repeating: "x", count: details))])
        let status = GRPCStatusDetails.status(of: ErrorDescription(error), error)
        let message = status.message.utf8.reduce(0) { $0 + ((0x20...0x7E).contains($1) && $1 != 0x25 ? 1 : 3) }
        let size = message + status.metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.encoded().utf8.count }
        #expect(size < 8_000)
        #expect(text.starts(with: status.message.prefix { $0 != "." }))
        let restored = try #require(GRPCStatusDetails.error(in: status, traceId: nil))
        #expect(restored.code == "TEST")
        #expect(restored.details.isEmpty != sign.isEmpty)
    }

    /// Go leaves an empty error in successful replies; the status of a category is that of the category.
    @Test func aDescriptionIsRestored() {
        #expect(!GRPCErrorDescription().isError)
        var message = GRPCErrorDescription()
        message.category = "NotFound"
        message.status = 500
        #expect(message.isError)
        let error = message.applicationError(traceId: "t")
        #expect(error.status == 404)
        #expect(error.code == "UNKNOWN")
        #expect(error.traceId == "t")
        message.category = "Unauthorized"
        message.status = 403
        #expect(message.applicationError(traceId: nil).status == 403)
    }
}
#endif
