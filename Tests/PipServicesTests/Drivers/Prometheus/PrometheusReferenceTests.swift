#if PIP_PROMETHEUS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The format of the other editions.
@Suite struct PrometheusReferenceTests {
    private func count(_ counters: any Counters) {
        for name in [
            "beacons.get_beacons.exec_count", "beacons.get_beacons.exec_errors", "target.beacons.get.call_count",
            "queue.events.sent_messages", "a/b.c",
        ] { counters.increment(name, 3) }
        for value in [10.0, 20, 60] {
            counters.update("beacons.get_beacons.exec_time", .interval(value))
            counters.stats("sizes.small", value)
        }
        counters.last("level.now", 2.5)
    }

    @Test("The Python edition exports the same samples") func python() async throws {
        let output = try await DriverFixture.python("prometheus_peer.py", [])
        let (_, json) = try #require(output.divided(atFirst: " "))
        let theirs = try JSONDecoder().decode(String.self, from: Data(json.utf8))
        let counters = try await PrometheusFixture.counters([
            "options.format": "reference", "source": "beacons", "instance": "peer",
        ])
        count(counters)
        let ours = PrometheusFixture.samples(PrometheusFixture.text(counters))
        #expect(ours.mapValues { Double($0) } == PrometheusFixture.samples(theirs).mapValues { Double($0) })
        #expect(ours.count == 14)
    }

    @Test("All samples of a metric follow one TYPE line, without duplicates") func grouped() {
        var first = Counter("a.x.exec_count", .increment)
        first.count = 1
        var other = Counter("level", .lastValue)
        other.last = .nan
        var second = Counter("b.x.exec_count", .increment)
        second.count = 2
        var same = Counter("LEVEL", .lastValue)
        same.last = 4
        let text = PrometheusCounterConverter.toString([first, other, second, same], source: "a\"b", instance: "")
        #expect(
            text == """
                # TYPE exec_count gauge
                exec_count{source="a\\"b",service="a",command="x"} 1
                exec_count{source="a\\"b",service="b",command="x"} 2
                # TYPE level gauge
                level{source="a\\"b"} 4

                """)
        #expect(PrometheusCounterConverter.toString([]) == "")
    }
}
#endif
