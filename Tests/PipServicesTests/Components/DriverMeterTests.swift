import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct DriverMeterTests {
    @Test("Calls of a driver are counted under the same names, including failed calls") func counters() async throws {
        struct Failure: Error {}
        let (counters, clock) = (LogCounters(), VirtualClock())
        let meter = try await assemble(
            DriverMeter("redis"),
            references: ["test:counters:log:default:1.0": counters, "test:clock:virtual:default:1.0": clock])
        await meter.measure(queueDepth: 3) {
            clock.advance(by: .milliseconds(20))
            #expect(counters["redis.default.in_flight"]?.last == 1)
            #expect(counters["redis.default.queue_depth"]?.last == 3)
        }
        await #expect(throws: Failure.self) {
            try await meter.measure(queueDepth: 0) { throw Failure() }
        }
        meter.noteReconnects()
        meter.noteReconnects(2)
        meter.noteBreaker(.halfOpen)
        #expect(counters["redis.default.in_flight"]?.last == 0)
        #expect(counters["redis.default.call_time"]?.count == 2)
        #expect(counters["redis.default.call_time"]?.max == 20)
        #expect(counters["redis.default.reconnects"]?.count == 3)
        #expect(counters["redis.default.breaker_state"]?.last == 1)
    }

    @Test("The loss and the recovery of a peer are each logged once") func logs() async throws {
        let (logger, clock) = (RecordingLogger(), VirtualClock())
        let meter = try await assemble(
            DriverMeter("redis"),
            references: ["test:logger:recording:default:1.0": logger, "test:clock:virtual:default:1.0": clock])
        meter.noteRecovery(of: "a")
        for _ in 0..<3 { meter.noteLoss(of: "a", "why") }
        clock.advance(by: .seconds(2))
        for _ in 0..<3 { meter.noteRecovery(of: "a") }
        #expect(logger.messages.map(\.message) == ["a is lost: why", "a is back after 2000 ms"])
        #expect(logger.messages.map(\.level) == [.warn, .info])
    }

    @Test(
        "The name is the fourth part of the descriptor",
        arguments: [
            ("pip-services:connection:redis:main:1.0", "main"), ("RedisConnection", "default"),
            ("a:b:c:*:1.0", "default"),
        ])
    func name(locator: String, expected: String) {
        let slot = NameSlot()
        slot.take(locator)
        #expect(slot() == expected)
    }
}
