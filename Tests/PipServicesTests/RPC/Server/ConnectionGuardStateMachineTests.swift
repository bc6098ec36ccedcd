#if PIP_HTTP
import HTTPTypes
import Testing

@testable import PipServices

@Suite struct ConnectionGuardStateMachineTests {
    typealias Event = ConnectionGuardStateMachine.Event
    typealias Action = ConnectionGuardStateMachine.Action

    /// Events in their order, each with the actions that must follow.
    struct Scenario: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var isStream = false
        let steps: [(event: Event, actions: [Action])]

        init(_ description: String, isStream: Bool = false, _ steps: [(Event, [Action])]) {
            testDescription = description
            self.isStream = isStream
            self.steps = steps.map { (event: $0.0, actions: $0.1) }
        }
    }

    private static let get = Event.requestHead(.accepted(.none))
    private static func post(_ length: Int) -> Event {
        .requestHead(.accepted(RequestFraming(bodyLength: length, isChunked: false)))
    }
    private static let chunked = Event.requestHead(.accepted(RequestFraming(bodyLength: 0, isChunked: true)))
    private static let ambiguous = Event.requestHead(.refused(.badRequest))
    private static let expecting = Event.requestHead(
        .accepted(RequestFraming(bodyLength: 500, isChunked: false, awaitsContinue: true)))
    private static let final = Event.responseHead(isFinal: true)
    private static let tooSlow = Event.requestIntervalEnded(isTooSlow: true)

    /// A request without a body, received in one read.
    private static let received: [(Event, [Action])] = [
        (get, [.stopWaiting]), (.requestEnd, []), (.readComplete, []),
    ]
    /// The response that the socket accepts at once.
    private static let answered: [(Event, [Action])] = [
        (final, []), (.responseEnd, []), (.responseFlushed, [.wait(.requestHead)]), (.flush, []),
    ]
    /// A request of which the header and 10 bytes of the body were received.
    private static let receiving: [(Event, [Action])] = [
        (post(500), [.stopWaiting]), (.requestBody(10), []), (.readComplete, [.watchRequest]),
    ]

    private static let waiting = [
        Scenario("A connection without a request header is closed", [(.waitEnded, [.close])]),
        Scenario("A connection between requests is closed", received + answered + [(.waitEnded, [.close])]),
        Scenario(
            "Every request ends the wait and every response begins it", received + answered + received + answered),
        Scenario("A connection that closes is not closed again", [(.closed, []), (.closeRequested, [.performClose])]),
    ]

    private static let bodies = [
        Scenario(
            "A body that arrives with its header needs no timer",
            [
                (post(5), [.stopWaiting]), (.requestBody(5), []), (.requestEnd, []), (.readComplete, []),
            ] + answered),
        Scenario(
            "A body that arrives later is watched until its end",
            receiving + [(.readComplete, [])] + [
                (.requestBody(490), []), (.requestEnd, [.stopWatchingRequest]), (.readComplete, []),
            ] + answered),
        Scenario(
            "A slow body is refused",
            receiving + [
                (.readRequested, []),
                (tooSlow, [.refuse(.requestTimeout), .wait(.clientClose), .failRequestBody]),
                (.requestBody(10), []), (.readComplete, [.read]), (.waitEnded, [.close]),
            ]),
        Scenario(
            "A body is not slow while the service does not read it",
            receiving + [
                (tooSlow, [.watchRequest]), (.readRequested, []), (.requestBody(1), []), (tooSlow, [.watchRequest]),
            ]),
        Scenario(
            "A body that is fast enough is watched on",
            receiving + [(.readRequested, []), (.requestIntervalEnded(isTooSlow: false), [.watchRequest])]),
        Scenario(
            "A slow body whose response has begun ends the connection",
            receiving + [(.readRequested, []), (final, []), (tooSlow, [.close])]),
        Scenario(
            "An informational response does not begin the response",
            receiving + [
                (.readRequested, []), (.responseHead(isFinal: false), []),
                (tooSlow, [.refuse(.requestTimeout), .wait(.clientClose), .failRequestBody]),
            ]),
        Scenario(
            "A slow body behind an unanswered request ends the connection",
            received + [
                (post(500), [.stopWaiting, .bufferFewResponses]), (.requestBody(10), []),
                (.readComplete, [.readAhead(ReadAheadSize(bytes: 490)), .watchRequest]), (.readRequested, []),
                (tooSlow, [.close]),
            ]),
        Scenario(
            "The interval of a body that has ended has no effect",
            receiving + [(.requestEnd, [.stopWatchingRequest]), (.readRequested, []), (tooSlow, [])]),
    ]

    private static let lingering = [
        Scenario(
            "The rest of a request that is answered early must arrive soon",
            receiving + [
                (final, []), (.responseEnd, []), (.responseFlushed, [.wait(.restOfRequest)]), (.waitEnded, [.close]),
            ]),
        Scenario(
            "After that rest the next request is awaited",
            receiving + [
                (final, []), (.responseEnd, []), (.responseFlushed, [.wait(.restOfRequest)]),
                (.requestEnd, [.stopWatchingRequest, .wait(.requestHead)]),
            ]),
    ]

    private static let refusals = [
        Scenario(
            "An ambiguous request is refused",
            [
                (ambiguous, [.refuse(.badRequest), .wait(.clientClose)]), (.readComplete, [.read]), (get, []),
                (.requestEnd, []), (.waitEnded, [.close]),
            ]),
        Scenario(
            "The requests before an ambiguous one are answered first",
            received + received.dropLast(3) + [
                (ambiguous, []), (.readComplete, [.read]), (final, []), (.responseEnd, []),
                (.responseFlushed, [.refuse(.badRequest), .wait(.clientClose)]),
            ]),
        Scenario(
            "An ambiguous request behind a body that is answered early is refused after the response",
            receiving + [
                (.requestEnd, [.stopWatchingRequest]), (ambiguous, []), (final, []), (.responseEnd, []),
                (.flush, [.watchResponses]),
                (.responseFlushed, [.stopWatchingResponses, .refuse(.badRequest), .wait(.clientClose)]),
            ]),
        Scenario(
            "What is no HTTP ends the connection soon",
            [
                (.parseError, [.wait(.clientClose)]), (final, []), (.responseEnd, []), (.responseFlushed, []),
                (.waitEnded, [.close]),
            ]),
        Scenario(
            "A request behind a parse error does not extend the wait",
            [(.parseError, [.wait(.clientClose)]), (get, []), (.requestEnd, []), (.parseError, [])]),
    ]

    /// A request whose client waits before it sends the body.
    private static let awaiting: [(Event, [Action])] = [(expecting, [.stopWaiting]), (.readComplete, [.watchRequest])]

    private static let expectations = [
        Scenario(
            "A client that waits is asked for the body once",
            awaiting + [(.bodyRequested, [.sendContinue]), (.bodyRequested, []), (.requestBody(500), [])]),
        Scenario(
            "A stream of HTTP/2 too", isStream: true, awaiting + [(.bodyRequested, [.sendContinue])]),
        Scenario("A client that does not wait is not asked", receiving + [(.bodyRequested, [])]),
        Scenario(
            "Nor is one that began to send", awaiting + [(.requestBody(1), []), (.bodyRequested, [])]),
        Scenario("Nor is one whose response has begun", awaiting + [(final, []), (.bodyRequested, [])]),
        Scenario(
            "A client is asked after the response to its request before",
            received + [(expecting, [.stopWaiting, .bufferFewResponses])] + [
                (.bodyRequested, []), (final, []), (.responseEnd, []), (.bodyRequested, [.sendContinue]),
            ]),
    ]

    private static let lastResponses = [
        Scenario(
            "After the last response the output is closed, and what arrives is dropped",
            received + [
                (final, []), (.lastResponse, []), (.responseEnd, []),
                (.responseFlushed, [.closeOutput, .wait(.clientClose)]), (.flush, []), (get, []), (.requestEnd, []),
                (.readComplete, [.read]), (.waitEnded, [.close]),
            ]),
        Scenario(
            "The output is closed when the last response is flushed, once",
            received + [
                (final, []), (.lastResponse, []), (.responseEnd, []), (.flush, [.watchResponses]),
                (.outputCloseRequested, []), (.closeRequested, []),
                (
                    .responseFlushed,
                    [.stopWatchingResponses, .closeOutput, .wait(.clientClose), .performClose]
                ),
            ]),
        Scenario(
            "A body behind the last response is not watched",
            receiving + [
                (final, []), (.lastResponse, []), (.responseEnd, [.stopWatchingRequest]),
                (.responseFlushed, [.closeOutput, .wait(.clientClose)]), (.requestBody(10), []),
                (.readComplete, [.read]), (.requestEnd, []),
            ]),
        Scenario(
            "A body that breaks behind its response ends the connection",
            receiving + [
                (final, []), (.responseEnd, []), (.responseFlushed, [.wait(.restOfRequest)]),
                (.parseError, [.stopWatchingRequest, .closeOutput, .wait(.clientClose)]), (.readComplete, [.read]),
                (.parseError, []), (.closeRequested, []), (.waitEnded, [.close]),
            ]),
        Scenario(
            "A body that breaks before its response ends the connection behind the response",
            receiving + [
                (.parseError, [.stopWatchingRequest]), (final, []), (.responseEnd, []),
                (.responseFlushed, [.closeOutput, .wait(.clientClose)]), (.closeRequested, []),
            ]),
        Scenario(
            "What is not HTTP behind a request ends the connection after its response",
            received + [
                (.parseError, []), (final, []), (.responseEnd, []), (.responseFlushed, [.wait(.clientClose)]),
            ]),
    ]

    private static let pipelining = [
        Scenario(
            "A client that does not wait for responses is read in small pieces",
            received + [
                (get, [.stopWaiting, .bufferFewResponses]), (.requestEnd, []),
                (.readComplete, [.readAhead(.pipelined)]),
                (get, [.stopWaiting]), (.requestEnd, []), (.readComplete, []),
                (final, []), (.responseEnd, []), (.responseFlushed, []),
                (final, []), (.responseEnd, []), (.responseFlushed, []),
            ] + answered),
        Scenario(
            "A large body is read in large pieces, and not beyond its end",
            [
                (post(100_000), [.stopWaiting]), (.requestBody(500), []),
                (.readComplete, [.readAhead(ReadAheadSize(bytes: 16_384)), .watchRequest]),
                (.requestBody(16_384), []), (.readComplete, []),
                (.requestBody(80_000), []), (.readComplete, [.readAhead(ReadAheadSize(bytes: 3116))]),
                (.requestBody(3000), []), (.readComplete, [.readAhead(.header)]),
                (.requestBody(116), []), (.requestEnd, [.stopWatchingRequest]), (.readComplete, []),
            ]),
        Scenario(
            "A chunked body, whose end is unknown, is read in pieces of 4 KB",
            [
                (chunked, [.stopWaiting]), (.readComplete, [.readAhead(ReadAheadSize(bytes: 4096)), .watchRequest]),
                (.requestBody(9000), []), (.readComplete, []),
                (.requestEnd, [.stopWatchingRequest]), (.readComplete, [.readAhead(.header)]),
            ]),
        Scenario(
            "A stream of HTTP/2 has no size of its own to read", isStream: true,
            [(post(100_000), [.stopWaiting]), (.requestBody(500), []), (.readComplete, [.watchRequest])]),
    ]

    private static let responses = [
        Scenario(
            "A response that the socket does not accept at once is watched",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.flush, []),
                (.responseFlushed, [.stopWatchingResponses, .wait(.requestHead)]),
            ]),
        Scenario(
            "A client that does not read its response is closed",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]),
                (.responseIntervalEnded(isTooSlow: false, isWritable: true), [.watchResponses]),
                (.responseIntervalEnded(isTooSlow: true, isWritable: true), [.close]),
            ]),
        Scenario(
            "A streamed response is watched while the connection is not writable",
            received + [
                (final, []), (.flush, []), (.writabilityChanged(isWritable: false), [.watchResponses]),
                (.writabilityChanged(isWritable: true), [.stopWatchingResponses]),
                (.writabilityChanged(isWritable: false), [.watchResponses]),
                (.responseIntervalEnded(isTooSlow: true, isWritable: false), [.close]),
            ]),
        Scenario(
            "The interval of a response that is flushed has no effect",
            received + [
                (final, []), (.writabilityChanged(isWritable: false), [.watchResponses]),
                (.responseIntervalEnded(isTooSlow: true, isWritable: true), []),
            ]),
        Scenario(
            "Rests of a response are watched although the connection is writable again",
            received + [
                (final, []), (.responseEnd, []), (.writabilityChanged(isWritable: true), [.watchResponses]),
            ]),
    ]

    private static let closing = [
        Scenario(
            "A close waits until all responses are flushed",
            received + received.dropLast(3) + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.closeRequested, []),
                (.responseFlushed, [.stopWatchingResponses, .wait(.requestHead), .performClose]),
            ]),
        Scenario("A close with nothing to flush happens at once", received + [(.closeRequested, [.performClose])]),
        Scenario(
            "After the last response the client must close soon",
            received + answered + [
                (.outputCloseRequested, [.closeOutput, .wait(.clientClose)]), (.waitEnded, [.close]),
            ]),
        Scenario(
            "The output is closed, and the wait for the client begins, when all responses are flushed",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.outputCloseRequested, []),
                (
                    .responseFlushed,
                    [.stopWatchingResponses, .wait(.requestHead), .closeOutput, .wait(.clientClose)]
                ),
                (.outputCloseRequested, []),
            ]),
        Scenario(
            "A close that follows the close of the output waits too, and both happen",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.outputCloseRequested, []),
                (.closeRequested, []),
                (
                    .responseFlushed,
                    [.stopWatchingResponses, .wait(.requestHead), .closeOutput, .wait(.clientClose), .performClose]
                ),
            ]),
        Scenario(
            "A request whose response has not begun is answered with 503 if the connection is aborted",
            received + [(.abortRequested, [.refuse(.serviceUnavailable)]), (.closeRequested, [.performClose])]),
        Scenario(
            "So is one whose body is still being received",
            receiving + [(.abortRequested, [.stopWatchingRequest, .refuse(.serviceUnavailable)])]),
        Scenario(
            "A response that has begun is cut if the connection is aborted",
            received + [(final, []), (.abortRequested, [.close])]),
        Scenario(
            "An aborted connection is closed whatever is in flight",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.abortRequested, [.close]),
                (.closeRequested, [.performClose]), (.responseFlushed, [.stopWatchingResponses]),
            ]),
        Scenario(
            "A close that waits is performed when the connection fails",
            received + [
                (final, []), (.responseEnd, []), (.flush, [.watchResponses]), (.closeRequested, []),
                (.closed, []), (.responseFlushed, [.stopWatchingResponses, .performClose]),
            ]),
    ]

    @Test(
        arguments: [
            waiting, bodies, lingering, refusals, expectations, lastResponses, pipelining, responses, closing,
        ].joined().map(\.self))
    func everyEventHasItsActions(_ scenario: Scenario) {
        var machine = ConnectionGuardStateMachine(isStream: scenario.isStream)
        for (index, step) in scenario.steps.enumerated() {
            #expect(machine.handle(step.event) == step.actions, "step \(index): \(step.event)")
        }
    }

    @Test("After a refusal, no part of a request or a response passes")
    func refusedPartsAreDropped() {
        var machine = ConnectionGuardStateMachine(isStream: false)
        #expect(machine.acceptsRequests && machine.acceptsResponses)
        _ = machine.handle(Self.get)
        _ = machine.handle(.requestEnd)
        _ = machine.handle(Self.ambiguous)
        #expect(!machine.acceptsRequests && machine.acceptsResponses, "the request before it is answered first")
        _ = machine.handle(.responseEnd)
        _ = machine.handle(.responseFlushed)
        #expect(!machine.acceptsRequests && !machine.acceptsResponses)
    }

    @Test(
        "A response before an unwanted body announces the close", arguments: [true, false])
    func unwantedBodies(isStream: Bool) {
        for (event, announces) in [(Event.bodyRequested, false), (.requestBody(1), false), (.readRequested, true)] {
            var machine = ConnectionGuardStateMachine(isStream: isStream)
            for (event, _) in Self.awaiting { _ = machine.handle(event) }
            _ = machine.handle(event)
            _ = machine.handle(Self.final)
            #expect(machine.announcesClose == (announces && !isStream), "\(event)")
        }
    }

    @Test("After the last response, no part of a request or a response passes")
    func partsBehindTheLastResponse() {
        var machine = ConnectionGuardStateMachine(isStream: false)
        for event in [Self.get, .requestEnd, Self.final, .lastResponse] { _ = machine.handle(event) }
        #expect(machine.acceptsRequests && machine.acceptsResponses)
        _ = machine.handle(.responseEnd)
        #expect(!machine.acceptsRequests && !machine.acceptsResponses)
    }

    @Test("A draining connection announces the close with its last response only")
    func drainingWithSeveralRequests() {
        var machine = ConnectionGuardStateMachine(isStream: false)
        for event in [Self.get, .requestEnd, Self.get, .requestEnd, .shutdownStarted, Self.final] {
            _ = machine.handle(event)
        }
        #expect(!machine.announcesClose)
        for event in [Event.responseEnd, Self.final] { _ = machine.handle(event) }
        #expect(machine.announcesClose)
    }

    @Test("Only HTTP/1.1 announces the close of a draining connection", arguments: [true, false])
    func drainingIsAnnounced(isStream: Bool) {
        var machine = ConnectionGuardStateMachine(isStream: isStream)
        #expect(!machine.announcesClose)
        #expect(machine.handle(.shutdownStarted) == [])
        #expect(machine.announcesClose == !isStream)
    }
}
#endif
