#if PIP_GRPC
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// The toolkit's errors in the status of a call: a `google.rpc.Status` in `grpc-status-details-bin`, whose detail is an
/// `ErrorDescription` of `commandable.proto`.
enum GRPCStatusDetails {
    private static let typeURL = "type.googleapis.com/commandable.ErrorDescription"
    /// The maximum size of a status in the trailer, in bytes. A client would lose a larger status as a whole.
    private static let limit = 7168

    /// Returns the status for sending an error.
    static func status(of description: ErrorDescription, _ error: ApplicationError) -> RPCError {
        let code = GRPCStatusCode.code(of: error)
        let message = text(description.message)
        for detail in [description, reduced(description)] {
            guard let bytes: [UInt8] = try? GRPCErrorDescription(detail).serializedBytes(),
                size(of: message, with: bytes.count) <= limit
            else { continue }
            var packed = Google_Protobuf_Any()
            packed.typeURL = typeURL
            packed.value = .init(bytes)
            return RPCError(GoogleRPCStatus(code: code, message: message, details: [.any(packed)]))
        }
        return RPCError(code: code, message: message)
    }

    /// Returns the error in a received status; nil if it contains no error of the toolkit.
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

    /// Returns the error with a shortened message and without details, stack trace and cause.
    private static func reduced(_ description: ErrorDescription) -> ErrorDescription {
        var reduced = description
        reduced.message = text(description.message)
        (reduced.details, reduced.stackTrace, reduced.cause) = ([:], nil, nil)
        return reduced
    }

    private static func text(_ message: String) -> String {
        guard message.utf8.count > 1024 else { return message }
        var (text, size) = (String.UnicodeScalarView(), 0)
        for scalar in message.unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= 1021 else { break }
            text.append(scalar)
        }
        return String(text) + "..."
    }

    /// Returns the approximate size of a status in the trailer, in bytes. The status contains the message twice:
    /// percent-encoded, and in Base64 together with the detail.
    private static func size(of message: String, with detail: Int) -> Int {
        let plain = message.utf8.reduce(0) { $0 + ((0x20...0x7E).contains($1) && $1 != UInt8(ascii: "%") ? 1 : 3) }
        return plain + (message.utf8.count + detail + 128) * 4 / 3
    }
}
#endif
