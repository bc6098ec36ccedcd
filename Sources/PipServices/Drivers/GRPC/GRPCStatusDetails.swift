#if PIP_GRPC
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// Errors of the toolkit in the status of a call: a `google.rpc.Status` in `grpc-status-details-bin`, whose detail is an
/// `ErrorDescription` of `commandable.proto`.
enum GRPCStatusDetails {
    private static let typeURL = "type.googleapis.com/commandable.ErrorDescription"
    /// What fits into the header of every client: a larger one would lose the whole status.
    private static let limit = 4096

    /// The status of an error that is to be sent.
    static func status(of description: ErrorDescription, _ error: ApplicationError) -> RPCError {
        let code = GRPCStatusCode.code(of: error)
        let message = text(description.message)
        for detail in [description, reduced(description)] {
            guard let bytes: [UInt8] = try? GRPCErrorDescription(detail).serializedBytes(), bytes.count <= limit else {
                continue
            }
            var packed = Google_Protobuf_Any()
            packed.typeURL = typeURL
            packed.value = .init(bytes)
            return RPCError(GoogleRPCStatus(code: code, message: message, details: [.any(packed)]))
        }
        return RPCError(code: code, message: message)
    }

    /// The error in a status that was received; nil if it carries none of the toolkit.
    static func error(in status: RPCError, traceId: String?) -> ApplicationError? {
        guard let unpacked = try? status.unpackGoogleRPCStatus() else { return nil }
        for detail in unpacked.details {
            guard let packed = detail.any, packed.typeURL.ends(with: "/commandable.ErrorDescription"),
                let message = try? GRPCErrorDescription(serializedBytes: packed.value), message.isError
            else { continue }
            return message.applicationError(traceId: traceId)
        }
        return nil
    }

    // MARK: - Internal

    /// The same error without what may be long.
    private static func reduced(_ description: ErrorDescription) -> ErrorDescription {
        var reduced = description
        reduced.message = text(description.message)
        (reduced.details, reduced.stackTrace, reduced.cause) = ([:], nil, nil)
        return reduced
    }

    private static func text(_ message: String) -> String {
        message.utf8.count <= 1024 ? message : String(message.unicodeScalars.prefix(340)) + "..."
    }
}
#endif
