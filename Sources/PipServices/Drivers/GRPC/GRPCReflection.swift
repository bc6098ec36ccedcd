#if PIP_GRPC
import FoundationEssentials
internal import GRPCCore
internal import SwiftProtobuf

/// Server reflection: the services of an endpoint, and the descriptors of their files. Version 1 and its predecessor
/// differ only in their names.
struct GRPCReflection: Sendable {
    static let services = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]

    private let endpoint: GRPCEndpoint

    init(_ endpoint: GRPCEndpoint) { self.endpoint = endpoint }

    var methods: [GRPCMethod] {
        [
            .bidirectional("ServerReflectionInfo") {
                (
                    _, requests: GRPCMessages<GRPCServerReflectionRequest>,
                    replies: GRPCWriter<GRPCServerReflectionResponse>
                ) in
                let files = FileIndex(endpoint)
                for try await request in requests { try await replies.write(response(to: request, files)) }
            }
        ]
    }

    // MARK: - Internal

    private func response(
        to request: GRPCServerReflectionRequest, _ files: FileIndex
    ) -> GRPCServerReflectionResponse {
        var response = GRPCServerReflectionResponse()
        response.validHost = request.host
        response.originalRequest = request
        switch request.messageRequest {
        case .listServices:
            response.listServicesResponse.service = endpoint.all.services.sorted { ScalarText($0) < ScalarText($1) }.map
            {
                name in
                var service = GRPCServiceResponse()
                service.name = name
                return service
            }
        case .fileByFilename(let name):
            send(files.byName[ScalarText(name)], "The file '\(name.shortened)'", files, &response)
        case .fileContainingSymbol(let name):
            send(files.bySymbol[ScalarText(name)], "The symbol '\(name.shortened)'", files, &response)
        case .fileContainingExtension(let wanted):
            refuse(.notFound, "The extension \(wanted.extensionNumber) is not known", &response)
        case .allExtensionNumbersOfType(let name):
            if files.bySymbol[ScalarText(name)] == nil {
                refuse(.notFound, "The type '\(name.shortened)' is not known", &response)
            } else {
                response.allExtensionNumbersResponse.baseTypeName = name
            }
        case nil: refuse(.invalidArgument, "The request names nothing to look for", &response)
        }
        return response
    }

    private func send(
        _ file: Int?, _ what: String, _ files: FileIndex, _ response: inout GRPCServerReflectionResponse
    ) {
        guard let file else { return refuse(.notFound, "\(what) is not known", &response) }
        response.fileDescriptorResponse.fileDescriptorProto = files.withDependencies(file)
    }

    private func refuse(_ code: RPCError.Code, _ message: String, _ response: inout GRPCServerReflectionResponse) {
        response.errorResponse.errorCode = Int32(code.rawValue)
        response.errorResponse.errorMessage = message
    }

    /// The files of all services, by name and by the symbols that they define.
    private struct FileIndex {
        private var files: [(bytes: Data, dependencies: [String])] = []
        private(set) var byName: [ScalarText: Int] = [:]
        private(set) var bySymbol: [ScalarText: Int] = [:]

        init(_ endpoint: GRPCEndpoint) {
            let own = [GRPCDescriptors.commandable, GRPCDescriptors.health, GRPCDescriptors.reflection]
            for text in own { add(Data(base64Encoded: text).map { Array($0) } ?? []) }
            for bytes in endpoint.descriptors { add(bytes) }
        }

        /// A file followed by its imports, each of them once.
        func withDependencies(_ first: Int) -> [Data] {
            var order = [first]
            var next = 0
            while next < order.count {
                for name in files[order[next]].dependencies {
                    if let index = byName[ScalarText(name)], !order.contains(index) { order.append(index) }
                }
                next += 1
            }
            return order.map { files[$0].bytes }
        }

        /// An invalid set is ignored, because the service works without it.
        private mutating func add(_ set: [UInt8]) {
            guard let set = try? Google_Protobuf_FileDescriptorSet(serializedBytes: set) else { return }
            for file in set.file {
                guard byName[ScalarText(file.name)] == nil, let bytes: Data = try? file.serializedBytes() else {
                    continue
                }
                add(file, bytes)
                guard file.package.isSame(as: "grpc.reflection.v1") else { continue }
                var old = file
                old.name = "reflection_v1alpha.proto"
                old.package = "grpc.reflection.v1alpha"
                Self.renameTypes(&old)
                if let bytes: Data = try? old.serializedBytes() { add(old, bytes) }
            }
        }

        private mutating func add(_ file: Google_Protobuf_FileDescriptorProto, _ bytes: Data) {
            let index = files.count
            files.append((bytes, file.dependency))
            byName[ScalarText(file.name)] = index
            let prefix = file.package.isEmpty ? "" : "\(file.package)."
            for service in file.service {
                bySymbol[ScalarText(prefix + service.name)] = index
                for method in service.method { bySymbol[ScalarText("\(prefix)\(service.name).\(method.name)")] = index }
            }
            for name in file.enumType { bySymbol[ScalarText(prefix + name.name)] = index }
            for message in file.messageType { add(message, prefix, index) }
        }

        private mutating func add(_ message: Google_Protobuf_DescriptorProto, _ prefix: String, _ index: Int) {
            let name = prefix + message.name
            bySymbol[ScalarText(name)] = index
            for inner in message.enumType { bySymbol[ScalarText("\(name).\(inner.name)")] = index }
            for inner in message.nestedType { add(inner, "\(name).", index) }
        }

        private static func renameTypes(_ file: inout Google_Protobuf_FileDescriptorProto) {
            func renamed(_ type: String) -> String { type.replacing(text: ".v1.", with: ".v1alpha.") }
            for index in file.messageType.indices {
                for field in file.messageType[index].field.indices {
                    let name = file.messageType[index].field[field].typeName
                    if !name.isEmpty { file.messageType[index].field[field].typeName = renamed(name) }
                }
            }
            for service in file.service.indices {
                for method in file.service[service].method.indices {
                    let (input, output) = (
                        file.service[service].method[method].inputType, file.service[service].method[method].outputType
                    )
                    file.service[service].method[method].inputType = renamed(input)
                    file.service[service].method[method].outputType = renamed(output)
                }
            }
        }
    }
}
#endif
