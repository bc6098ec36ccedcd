#if PIP_GRPC
import Foundation
import PipServicesTesting
import SwiftProtobuf
import Testing

@testable import PipServices

/// Health and server reflection.
@Suite struct GRPCProbeTests {
    /// A component that is ready when a test says so.
    private final class Gate: Component, Readiness {
        let isReady = Locked(true)
        func checkReadiness(_ context: Context) async throws {
            if !isReady.current { throw ApplicationError.invalidState(code: "CLOSED", "closed") }
        }
    }

    private static func request(_ service: String) -> GRPCHealthCheckRequest {
        var request = GRPCHealthCheckRequest()
        request.service = service
        return request
    }

    @Test func healthFollowsTheReadinessOfTheContainer() async throws {
        let (gate, clock) = (Gate(), VirtualClock())
        try await withGRPCCommands(
            others: "- descriptor: test:gate:default:default:1.0",
            factories: [Factory("test:gate:default:*:1.0") { gate }],
            clock: clock
        ) { container, _, _ in
            let client = try await TestGRPCClient(
                container, service: GRPCHealth.service, options: ["options.timeout": "0"])
            func status(_ name: String) async throws -> GRPCHealthCheckResponse.ServingStatus {
                let response: GRPCHealthCheckResponse = try await client.call("Check", Self.request(name))
                return response.status
            }
            #expect(try await status("") == .serving)
            #expect(try await status(GRPCCommandable.service) == .serving)
            gate.isReady.withLock { $0 = false }
            #expect(try await status("") == .notServing)
            let error = await grpcError { _ = try await status("nobody") }
            #expect(error?.category == .notFound)

            let watched = Locked<[GRPCHealthCheckResponse.ServingStatus]>([])
            let watch = Task {
                try await client.client.serverStream(.empty, "Watch", Self.request("")) {
                    (replies: GRPCMessages<GRPCHealthCheckResponse>) in
                    for try await reply in replies { watched.withLock { $0.append(reply.status) } }
                }
            }
            try await waitUntil(within: .seconds(30)) { watched.current == [.notServing] }
            gate.isReady.withLock { $0 = true }
            try await waitUntil(within: .seconds(30)) {
                clock.advance(by: GRPCHealth.interval)
                return watched.current == [.notServing, .serving]
            }
            // Looking on tells nothing new.
            for _ in 0..<3 { clock.advance(by: GRPCHealth.interval) }
            watch.cancel()
            _ = await watch.result
            #expect(watched.current.count == 2)

            let list: GRPCHealthListResponse = try await client.call("List", GRPCHealthListRequest())
            #expect(list.statuses["commandable.Commandable"]?.status == .serving)
            await client.close()
        }
    }

    /// Someone who watches must not hold up the end of the service.
    @Test func aWatchEndsWhenTheServiceStops() async throws {
        let watch = Locked<Task<Void, any Error>?>(nil)
        let start = SystemClock().uptime
        try await withGRPCCommands { container, _, port in
            let isWatching = Locked(false)
            let task = Task {
                let client = try await TestGRPCClient(
                    container, service: GRPCHealth.service, options: ["options.timeout": "0"])
                defer { Task { await client.close() } }
                try await client.client.serverStream(.empty, "Watch", Self.request("")) {
                    (replies: GRPCMessages<GRPCHealthCheckResponse>) in
                    for try await _ in replies { isWatching.withLock { $0 = true } }
                }
            }
            watch.withLock { $0 = task }
            try await waitUntil(within: .seconds(30)) { isWatching.current }
        }
        #expect(SystemClock().uptime - start < .seconds(8))
        _ = await watch.current?.result
    }

    private static func ask(
        _ client: TestGRPCClient, _ requests: [GRPCServerReflectionRequest]
    ) async throws -> [GRPCServerReflectionResponse] {
        try await client.client.bidirectional(
            .empty, "ServerReflectionInfo",
            write: { (writer: GRPCWriter<GRPCServerReflectionRequest>) in
                for request in requests { try await writer.write(request) }
            },
            read: { (replies: GRPCMessages<GRPCServerReflectionResponse>) in
                var all: [GRPCServerReflectionResponse] = []
                for try await reply in replies { all.append(reply) }
                return all
            })
    }

    private static func request(
        _ what: GRPCServerReflectionRequest.OneOf_MessageRequest?
    ) -> GRPCServerReflectionRequest {
        var request = GRPCServerReflectionRequest()
        request.messageRequest = what
        return request
    }

    @Test(arguments: GRPCReflection.services)
    func reflectionTellsServicesAndTheirFiles(service: String) async throws {
        try await withDummies { container, _ in
            let client = try await TestGRPCClient(container, service: service)
            let replies = try await Self.ask(
                client,
                [
                    Self.request(.listServices("")), Self.request(.fileContainingSymbol("dummies.Dummies.Echo")),
                    Self.request(.fileContainingSymbol("dummies.Dummy")), Self.request(.fileByFilename("health.proto")),
                    Self.request(.fileContainingSymbol("nobody")),
                    Self.request(.allExtensionNumbersOfType("dummies.Dummy")),
                    Self.request(nil), Self.request(.fileContainingSymbol(service)),
                ])
            try #require(replies.count == 8)
            let names = replies[0].listServicesResponse.service.map(\.name)
            #expect(names == (["dummies.Dummies", GRPCHealth.service] + GRPCReflection.services).sorted())
            for index in [1, 2] {
                let bytes = try #require(replies[index].fileDescriptorResponse.fileDescriptorProto.first)
                let file = try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes)
                #expect(file.package == "dummies")
            }
            #expect(!replies[3].fileDescriptorResponse.fileDescriptorProto.isEmpty)
            #expect(replies[4].errorResponse.errorCode == 5)
            #expect(replies[5].allExtensionNumbersResponse.baseTypeName == "dummies.Dummy")
            #expect(replies[6].errorResponse.errorCode == 3)
            let own = try #require(replies[7].fileDescriptorResponse.fileDescriptorProto.first)
            let file = try Google_Protobuf_FileDescriptorProto(serializedBytes: own)
            #expect(service.hasPrefix("\(file.package).ServerReflection"))
            #expect(file.service.first?.method.first?.inputType == ".\(file.package).ServerReflectionRequest")
            await client.close()
        }
    }

    @Test func healthAndReflectionCanBeTurnedOff() async throws {
        try await withDummies(endpoint: "{ health: false, reflection: false }") { container, _ in
            let health = try await TestGRPCClient(container, service: GRPCHealth.service)
            let error = await grpcError {
                let _: GRPCHealthCheckResponse = try await health.call("Check", GRPCHealthCheckRequest())
            }
            #expect(error?.code == "GRPC_UNIMPLEMENTED")
            await health.close()
            let reflection = try await TestGRPCClient(container, service: GRPCReflection.services[0])
            let other = await grpcError { _ = try await Self.ask(reflection, [Self.request(.listServices(""))]) }
            #expect(other?.code == "GRPC_UNIMPLEMENTED")
            await reflection.close()
        }
    }
}
#endif
