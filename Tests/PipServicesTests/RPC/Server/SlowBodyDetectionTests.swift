import Testing

@testable import PipServices

@Suite struct SlowBodyDetectionTests {
    @Test(
        "A body is too slow if an interval has fewer bytes than the rate requires",
        arguments: [
            (240, 0, 7199, true), (240, 0, 7200, false), (240, 5000, 12_199, true), (240, 5000, 12_200, false),
            (0, 5000, 5000, false),
        ])
    func ratesAreCompared(rate: Int, start: Int, end: Int, isTooSlow: Bool) {
        var detection = SlowBodyDetection(rate: rate, interval: .seconds(30))
        detection.start(at: start)
        #expect(detection.isTooSlow(at: end) == isTooSlow)
    }

    @Test("A stalled body that must move is too slow for any rate")
    func standstill() {
        var detection = SlowBodyDetection(rate: 0, interval: .seconds(30))
        detection.start(at: 7)
        #expect(detection.isTooSlow(at: 7, mustMove: true))
        #expect(!detection.isTooSlow(at: 8, mustMove: true))
    }

    @Test("Each interval is measured independently")
    func intervals() {
        var detection = SlowBodyDetection(rate: 10, interval: .seconds(1))
        detection.start(at: 0)
        #expect(!detection.isTooSlow(at: 100))
        detection.start(at: 100)
        #expect(detection.isTooSlow(at: 109))
    }

    @Test(
        "Piece sizes follow the bytes per interval, within limits",
        arguments: [(0, 1024), (240, 7200), (.max, 16_384)])
    func pieces(rate: Int, size: Int) {
        #expect(SlowBodyDetection(rate: rate, interval: .seconds(30)).pieceSize == size)
    }
}
