#if PIP_GRPC
import Foundation
import PipServicesTesting
import SwiftProtobuf

@testable import PipServices

enum GRPCVectors {
    static let operations: VectorOperation.Table = [
        "invoke": .init(accepts: accepts) { try await invoke($0) },
        "protoFields": .init { try fields(try VectorInput.text($0.value)) },
    ]

    /// Sends the message to a server, over a socket.
    private static func invoke(_ input: VectorInput) async throws -> AnyValue {
        var request = GRPCInvokeRequest()
        request.method = try input.text("method")
        request.traceID = try input.optionalText("trace_id") ?? ""
        request.argsEmpty = input["args_empty"] == true
        request.argsJson = try input.optionalText("args_json") ?? ""
        let sent = request
        let reply = try await withGRPCCommands(endpoint: "{ generate_trace_id: false, expose_causes: true }") {
            container, _, _ in
            let client = try await TestGRPCClient(container, service: GRPCCommandable.service)
            let reply: GRPCInvokeReply = try await client.call("invoke", sent)
            await client.close()
            return reply
        }
        return [
            "error": reply.hasError ? error(reply.error) : .null, "result_empty": .bool(reply.resultEmpty),
            "result": reply.resultJson.isEmpty ? .null : try JSONConverter.fromJSON(reply.resultJson),
        ]
    }

    private static func error(_ error: GRPCErrorDescription) -> AnyValue {
        func text(_ value: String) -> AnyValue { value.isEmpty ? .null : .string(value) }
        // The recordings leave out the findings of validation.
        let isValidation = error.code == "INVALID_DATA"
        let details = error.details.sorted { $0.key < $1.key }.map { ($0.key, AnyValue.string($0.value)) }
        return [
            "category": text(error.category), "code": text(error.code), "status": .integer(Int64(error.status)),
            "message": text(error.message), "cause": text(error.cause), "trace_id": text(error.traceID),
            "details": isValidation || details.isEmpty ? .null : .map(AnyValueMap(details)),
        ]
    }

    /// The message of an unknown method may end with the nearest name.
    private static func accepts(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        guard var fields = got.map, var error = fields["error"]?.map, error["code"] == "METHOD_NOT_FOUND",
            let message = expected["error"]?["message"]?.string, error["message"]?.string?.hasPrefix(message) == true
        else { return VectorMatcher.matches(expected, got) }
        error["message"] = .string(message)
        fields["error"] = .map(error)
        return VectorMatcher.matches(expected, .map(fields))
    }

    /// The fields of a message by name, as its descriptor tells: `[number, type]`.
    private static func fields(_ name: String) throws -> AnyValue {
        let bytes = Data(base64Encoded: GRPCDescriptors.commandable) ?? Data()
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
        guard let message = set.file.flatMap(\.messageType).first(where: { $0.name == name }) else { return .null }
        return .map(
            AnyValueMap(
                message.field.map { field -> (String, AnyValue) in
                    let type =
                        switch field.type {
                        case .string: "string"
                        case .int32: "int32"
                        case .bool: "bool"
                        case .message: "message"
                        default: "\(field.type)"
                        }
                    return (field.name, [.integer(Int64(field.number)), .string(type)])
                }))
    }
}
#endif
