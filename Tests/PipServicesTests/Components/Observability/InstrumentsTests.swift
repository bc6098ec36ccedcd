import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct InstrumentsTests {
    private static let clientFault = ApplicationError.notFound(code: "C", "no")
    private static let serverFault = ApplicationError.invalidState(code: "S", "no")

    @Test("A failure caused by the client is not logged as an error, but still counted")
    func clientFaultsAreNoErrors() async throws {
        let (logger, counters) = (RecordingLogger(level: .debug), LogCounters())
        try await assemble(counters)
        let instruments = try await assemble(
            Instruments(), references: ["a:logger:recording:1:1.0": logger, "a:counters:log:1:1.0": counters])
        for error in [Self.clientFault, Self.serverFault] {
            instruments.begin(.empty, "beacons.get").endTiming(error)
        }
        struct Other: Error {}
        instruments.begin(.empty, "beacons.get").endTiming(Other())
        instruments.begin(.empty, InstrumentedOperation("beacons.get", verb: "call")).endTiming(Self.clientFault)
        let call = InstrumentedOperation("beacons.find", verb: "call")
        instruments.begin(.empty, call).endTiming(Self.serverFault)
        instruments.begin(.empty, call).endTiming(ApplicationError.connection(code: "CIRCUIT_OPEN", "no"))
        #expect(logger.messages.map(\.level) == [.debug, .error, .error, .warn, .warn, .debug])
        #expect(logger.messages.first?.message == "Failed to execute beacons.get method")
        #expect(logger.messages.first?.error?.contains("no") ?? false)
        #expect(counters["beacons.get.exec_errors"]?.count == 3)
        #expect(counters["beacons.get.call_errors"]?.count == 1)
    }

    @Test("A cancelled operation is logged as a warning, not as an error") func cancellation() async throws {
        let logger = RecordingLogger(level: .debug)
        let instruments = try await assemble(Instruments(), references: ["a:logger:recording:1:1.0": logger])
        instruments.begin(.empty, "beacons.get").endTiming(CancellationError())
        #expect(logger.messages.map(\.level) == [.warn])
        #expect(logger.messages.first?.message == "Execution of beacons.get method was cancelled")
        #expect(logger.messages.first?.error == nil)
        let tracer = try await assemble(LogTracer(), references: ["a:logger:recording:1:1.0": logger])
        tracer.record(
            .empty, component: "beacons", operation: "get", error: CancellationError(), duration: .milliseconds(1))
        #expect(logger.messages.last?.message == "Cancelled beacons.get in 1 msec")
        #expect(logger.messages.last?.level == .debug && logger.messages.last?.error == nil)
    }

    @Test("A request that fails because of the client is logged at level debug", arguments: [400, 404, 409, 500])
    func statusDecidesLevel(status: Int) async throws {
        let logger = RecordingLogger(level: .debug)
        let instruments = try await assemble(Instruments(), references: ["a:logger:recording:1:1.0": logger])
        let operation = InstrumentedOperation("GET /x")
        await #expect(throws: ApplicationError.self) {
            try await instruments.run(.empty, operation) { () async throws -> Int in
                throw ApplicationError.unknown(code: "X", "x").withStatus(status)
            }
        }
        #expect(logger.messages.map(\.level) == [status < 500 ? .debug : .error])
    }
}
