#if PIP_HTTP
import Testing

@testable import PipServices

@Suite struct SecureConnectionStateMachineTests {
    typealias Event = SecureConnectionStateMachine.Event
    typealias Action = SecureConnectionStateMachine.Action

    /// Events in their order, each with the actions that must follow.
    struct Scenario: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let steps: [(event: Event, actions: [Action])]

        init(_ description: String, _ steps: [(Event, [Action])]) {
            testDescription = description
            self.steps = steps.map { (event: $0.0, actions: $0.1) }
        }
    }

    private static let http1: [(Event, [Action])] = [(.handshakeCompleted(isHTTP2: false), [.stopWaiting])]
    private static func aborted(at seconds: Int) -> [(Event, [Action])] {
        [(.streamOpened, [.stopWaiting]), (.streamAborted(at: .seconds(seconds)), [.wait(.stream)])]
    }

    private static func repeated(_ count: Int, _ steps: [(Event, [Action])]) -> [(Event, [Action])] {
        (0..<count).flatMap { _ in steps }
    }

    private static let http2: [(Event, [Action])] = [(.handshakeCompleted(isHTTP2: true), [])]

    private static let scenarios = [
        Scenario("A handshake that takes too long ends the connection", [(.waitEnded, [.close])]),
        Scenario("A handshake during the shutdown is ended", [(.shutdownStarted, [.close])]),
        Scenario("The guard of HTTP/1.1 takes over the wait", http1 + [(.shutdownStarted, []), (.streamClosed, [])]),
        Scenario("HTTP/1.1 closes at once", http1 + [(.closeRequested, [.close])]),
        Scenario("HTTP/2 without a first stream is closed", http2 + [(.waitEnded, [.close])]),
        Scenario(
            "HTTP/2 may be without streams for a bounded time",
            http2 + [
                (.streamOpened, [.stopWaiting]), (.streamOpened, [.stopWaiting]), (.streamClosed, []),
                (.streamClosed, [.wait(.stream)]), (.streamOpened, [.stopWaiting]), (.streamClosed, [.wait(.stream)]),
                (.waitEnded, [.close]),
            ]),
        Scenario(
            "The client must agree soon that an idle connection of HTTP/2 ends",
            http2 + [(.shutdownStarted, [.wait(.clientClose)]), (.waitEnded, [.close])]),
        Scenario(
            "The streams of a draining connection are answered first",
            http2 + [
                (.streamOpened, [.stopWaiting]), (.shutdownStarted, []), (.streamClosed, [.wait(.clientClose)]),
            ]),
        Scenario(
            "A client that aborts too many streams in an interval loses the connection",
            http2 + repeated(200, aborted(at: 100))
                + [(.streamOpened, [.stopWaiting]), (.streamAborted(at: .seconds(109.9)), [.close])]),
        Scenario(
            "A client may abort some streams again and again",
            http2 + repeated(200, aborted(at: 100)) + repeated(200, aborted(at: 110))),
        Scenario(
            "Streams that were answered may be many",
            http2 + repeated(1000, [(.streamOpened, [.stopWaiting]), (.streamClosed, [.wait(.stream)])])),
        Scenario("HTTP/2 closes after what is being written", http2 + [(.closeRequested, [.closeSoon])]),
        Scenario(
            "An aborted connection of HTTP/2 closes at once",
            http2 + [(.streamOpened, [.stopWaiting]), (.abortRequested, []), (.closeRequested, [.close])]),
    ]

    @Test(arguments: scenarios)
    func everyEventHasItsActions(_ scenario: Scenario) {
        var machine = SecureConnectionStateMachine()
        for (index, step) in scenario.steps.enumerated() {
            #expect(machine.handle(step.event) == step.actions, "step \(index): \(step.event)")
        }
    }
}
#endif
