#if PIP_GRPC
import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// What was reported as defects of other gRPC libraries. Some reports are covered elsewhere: times that no clock can sleep for
/// (grpc/grpc#5827) in ``GRPCEndpointTests/anyTimeoutIsSurvived(text:)`` and by grpcio, HTTP/1 sent to the port
/// (grpc-swift#373) in ``GRPCEndpointTests/garbageIsSurvived(kind:)``, streams that the client leaves (grpc-swift-2#17) in
/// ``GRPCControllerTests/aReaderThatThrowsEndsTheCall()``, watches that hold up the end of a service (grpc-go#8776) in
/// ``GRPCProbeTests/aWatchEndsWhenTheServiceStops()``, slow reconnecting (grpc/grpc#11411) in
/// ``GRPCClientTests/aServiceThatComesBackIsFoundAgain()``.
@Suite struct GRPCReportTests {
    private static func id(_ text: String) -> TestDummyId {
        var id = TestDummyId()
        id.dummyID = text
        return id
    }

    /// grpc-rust#2484, grpc-go#9114: the limit must hold for what comes out of the decompression.
    @Test func aMessageIsLimitedAfterDecompression() async throws {
        try await withGRPCCommands(endpoint: "{ request_max_size: 100000 }") { container, _, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.compression": "true", "options.retries": "0"])
            let bomb: AnyValue = .string(String(repeating: "x", count: 3_000_000))
            let error = await grpcError { _ = try await client.callCommand("echo", ["a": bomb], as: AnyValue.self) }
            #expect(error != nil)
            #expect(try await client.callCommand("number") == 5)
            await client.close()
        }
    }

    /// akka-grpc#1389, grpc-java#1579: line breaks and other characters in the message of a status.
    @Test func theMessageOfAStatusMayHaveLines() async throws {
        try await withDummies { _, client in
            let error = await grpcError { let _: TestDummy = try await client.call("GetDummy", Self.id("lines")) }
            #expect(error?.code == "LINES")
            #expect(error?.message == "50% of\r\nzwei Größen \u{0}")
        }
    }

    /// sail#1859, temporal#3284: a status that does not fit into the trailers hides the error.
    @Test func aLongErrorArrivesShortened() async throws {
        try await withDummies { _, client in
            let error = await grpcError { let _: TestDummy = try await client.call("GetDummy", Self.id("long")) }
            #expect(error?.category == .notFound)
            #expect(error?.code == "LONG")
            #expect((error?.message.utf8.count ?? 0) <= 1100)
            #expect(error?.details == [:])
        }
    }

    /// grpc-swift#1301: messages of a client that come when the method has ended.
    @Test func aClientMaySendOnAfterTheMethodHasEnded() async throws {
        try await withDummies { _, client in
            for _ in 0..<20 {
                let count: TestDummyCount = try await client.client.clientStream(.empty, "CreateDummies") {
                    (writer: GRPCWriter<TestDummy>) in
                    for number in 0..<200 {
                        var dummy = TestDummy()
                        dummy.id = number == 2 ? "stop" : "\(number)"
                        dummy.payload = Data(count: 10_000)
                        // The connection may refuse what nobody reads.
                        do { try await writer.write(dummy) } catch { return }
                    }
                }
                #expect(count.count == 3)
            }
            let dummy: TestDummy = try await client.call("GetDummy", Self.id("1"))
            #expect(dummy.id == "1")
        }
    }

    /// grpc-go-service#2830: a watch of a service that is not known holds up the end of the server too.
    @Test func aWatchOfAnUnknownServiceEndsToo() async throws {
        let watch = Locked<Task<Void, any Error>?>(nil)
        let start = SystemClock().uptime
        try await withGRPCCommands { container, _, _ in
            let seen = Locked<GRPCHealthCheckResponse?>(nil)
            let client = try await TestGRPCClient(
                container, service: GRPCHealth.service, options: ["options.timeout": "0"])
            watch.withLock {
                $0 = Task {
                    var request = GRPCHealthCheckRequest()
                    request.service = "nobody"
                    try await client.client.serverStream(.empty, "Watch", request) {
                        (replies: GRPCMessages<GRPCHealthCheckResponse>) in
                        for try await reply in replies { seen.withLock { $0 = reply } }
                    }
                    await client.close()
                }
            }
            try await waitUntil(within: .seconds(30)) { seen.current?.status == .serviceUnknown }
        }
        #expect(SystemClock().uptime - start < .seconds(8))
        _ = await watch.current?.result
    }
}
#endif
