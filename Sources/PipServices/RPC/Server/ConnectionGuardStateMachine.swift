#if PIP_HTTP
internal import HTTPTypes

/// The rules by which a server protects itself from slow and ambiguous requests, for one connection of HTTP/1.1 or one
/// stream of HTTP/2.
///
/// ``handle(_:)`` receives what happened and returns what is to be done. The machine does no I/O and sets no timers:
/// ``ConnectionGuard`` does that.
struct ConnectionGuardStateMachine {
    /// What happened.
    enum Event: Equatable {
        /// The header of a request arrived.
        case requestHead(RequestFraming.Reading)
        /// Bytes of a request body arrived.
        case requestBody(Int)
        /// A request arrived completely.
        case requestEnd
        /// All that one read returned was delivered.
        case readComplete
        /// The server is ready for more of the request.
        case readRequested
        /// The service begins to read the body of the request that it answers.
        case bodyRequested
        /// The client sent what is not HTTP; the server answers it.
        case parseError
        /// The server writes the header of a response, which is final or informational.
        case responseHead(isFinal: Bool)
        /// The response whose header is being written says that the connection closes.
        case lastResponse
        /// The server writes the end of a response.
        case responseEnd
        /// A complete response reached the socket, or the connection failed before.
        case responseFlushed
        /// The server flushed what it wrote.
        case flush
        /// The buffer of unsent bytes became full or free.
        case writabilityChanged(isWritable: Bool)
        /// The server will write nothing more.
        case outputCloseRequested
        /// The server closes the connection.
        case closeRequested
        /// The server shuts down gracefully.
        case shutdownStarted
        /// The connection must end, whatever is in flight.
        case abortRequested
        /// The time of the current ``Wait`` has passed.
        case waitEnded
        /// An interval of the slow-body detection for the request ended.
        case requestIntervalEnded(isTooSlow: Bool)
        /// An interval of the slow-body detection for the responses ended.
        case responseIntervalEnded(isTooSlow: Bool, isWritable: Bool)
        /// The connection is closed.
        case closed
    }

    /// What is to be done.
    enum Action: Equatable {
        /// Close the connection when the time has passed; this replaces an earlier wait.
        case wait(Wait)
        case stopWaiting
        /// Start an interval of the slow-body detection for the request.
        case watchRequest
        case stopWatchingRequest
        /// Start an interval of the slow-body detection for the responses.
        case watchResponses
        case stopWatchingResponses
        /// Change how many bytes the parser receives at once.
        case readAhead(ReadAheadSize)
        /// Buffer only few bytes of responses before the server has to wait.
        case bufferFewResponses
        /// Read on, since the server does not.
        case read
        /// Send the informational response that lets the client send the body.
        case sendContinue
        /// Send a response with this status, then close the output.
        case refuse(HTTPResponse.Status)
        /// Tell the server that the rest of the request body will not arrive.
        case failRequestBody
        /// Tell the client that nothing more is sent.
        case closeOutput
        /// Perform the close that the server requested.
        case performClose
        /// Close the connection and stop all timers.
        case close
    }

    /// What the connection waits for.
    enum Wait: Equatable {
        /// The header of a request.
        case requestHead
        /// The rest of a request that is answered already.
        case restOfRequest
        /// The client, which received its last response.
        case clientClose
    }

    /// True for a stream of HTTP/2.
    let isStream: Bool
    /// False when a part of a request that arrives is to be dropped.
    var acceptsRequests: Bool { phase == .serving && !isInputBroken && !isEnding }
    /// False when a part of a response that is written is to fail.
    var acceptsResponses: Bool { phase != .refused && phase != .ended }
    /// True when the response that begins must say that the connection closes.
    var announcesClose: Bool { !isStream && ((isDraining || isBodyBroken) && unwritten <= 1 || isBodyUnwanted) }

    /// True once the end of a response was written.
    private(set) var isAnswered = false

    init(isStream: Bool) { self.isStream = isStream }

    /// Changes the state after an event.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .requestHead(let framing): return requestHead(framing)
        case .requestBody(let bytes): return requestBody(bytes)
        case .requestEnd: return requestEnd()
        case .readComplete: return readComplete()
        case .readRequested: isReadRequested = true
        case .bodyRequested: return bodyRequested()
        case .parseError: return parseError()
        case .responseHead(let isFinal):
            guard isFinal else { return [] }
            // The client may send the body or its next request: only the end of the connection tells them apart.
            isBodyUnwanted = isContinueAwaited
            hasResponseBegun = true
        case .lastResponse: isLastResponse = true
        case .responseEnd: return responseEnd()
        case .responseFlushed: return responseFlushed()
        // The channel may report that it is writable although the client does not read the few bytes that are left.
        case .flush: if unflushed > 0 { return watchResponses() }
        case .writabilityChanged(let isWritable):
            return isWritable && unflushed == 0 ? stopWatchingResponses() : watchResponses()
        case .outputCloseRequested:
            // Once both directions are closed, the channel drops what is not sent.
            if !mustFlush { return closeOutput() }
            closesOutputWhenFlushed = true
        case .closeRequested:
            // The client may still send, and a reset could cost it the last response: the wait ends the connection.
            if isLingering { return [] }
            if !mustFlush { return [.performClose] }
            closesWhenFlushed = true
        case .shutdownStarted: isDraining = true
        case .abortRequested: return abort()
        case .waitEnded: return close()
        case .requestIntervalEnded(let isTooSlow): return requestIntervalEnded(isTooSlow)
        case .responseIntervalEnded(let isTooSlow, let isWritable):
            isWatchingResponses = false
            guard unflushed > 0 || !isWritable else { return [] }
            return isTooSlow ? close() : watchResponses()
        case .closed: phase = .closed
        }
        return []
    }

    // MARK: - Internal

    private enum Phase: Equatable {
        case serving
        /// Nothing more is read; the requests before the refused one are answered first.
        case refusing(HTTPResponse.Status)
        /// The refusal is sent.
        case refused
        /// The last response is written; nothing more is read.
        case ended
        case closed
    }

    private struct Body {
        let framing: RequestFraming
        var received = 0
        /// True once the client was asked to send the body.
        var isContinued = false
    }

    private var phase = Phase.serving
    /// The body that is being received.
    private var body: Body?
    /// How many requests have no complete response at the socket.
    private var unanswered = 0
    /// How many complete responses are not at the socket: closing now would cut them.
    private var unflushed = 0
    private var readAhead = ReadAheadSize.header
    private var hasResponseBegun = false
    /// True for a response that says that the connection closes.
    private var isLastResponse = false
    /// True for a response before a body that the client was not asked to send.
    private var isBodyUnwanted = false
    /// True once the client sent what is not HTTP.
    private var isInputBroken = false
    /// True if that was part of the body of the last request, whose response is the last one.
    private var isBodyBroken = false
    private var isReadRequested = false
    private var isWatchingRequest = false
    private var isWatchingResponses = false
    /// True for a client that sends requests without waiting for the responses.
    private var isPipelining = false
    private var isDraining = false
    /// True once nothing more is expected: what still arrives does not extend the last wait.
    private var isEnding = false
    private var isOutputClosed = false
    private var closesOutputWhenFlushed = false
    private var closesWhenFlushed = false

    private var isOpen: Bool { phase != .refused && phase != .closed }
    private var mustFlush: Bool { unflushed > 0 && isOpen }
    /// True while a connection with a broken body waits behind its last response until the client closes it.
    private var isLingering: Bool { phase == .ended && isBodyBroken && isOutputClosed }
    /// How many requests have no completely written response.
    private var unwritten: Int { unanswered - unflushed }
    /// True while the client of the request that is answered waits before it sends the body.
    private var isContinueAwaited: Bool {
        guard let body, body.framing.awaitsContinue, !body.isContinued, body.received == 0 else { return false }
        // The body is that of the last request, which may not be the one that is answered.
        return phase == .serving && unwritten == 1 && !hasResponseBegun
    }

    private mutating func requestHead(_ reading: RequestFraming.Reading) -> [Action] {
        isReadRequested = false
        guard phase == .serving else { return [] }
        let framing: RequestFraming
        switch reading {
        case .accepted(let accepted): framing = accepted
        case .refused(let status):
            phase = .refusing(status)
            return stopWatchingRequest() + (unanswered == 0 ? refuse() : [])
        }
        body = Body(framing: framing)
        unanswered += 1
        let isFirstPipelined = unanswered > 1 && !isPipelining
        if isFirstPipelined { isPipelining = true }
        return (isEnding ? [] : [.stopWaiting]) + (isFirstPipelined ? [.bufferFewResponses] : [])
    }

    private mutating func requestBody(_ bytes: Int) -> [Action] {
        isReadRequested = false
        body?.received += bytes
        return []
    }

    private mutating func requestEnd() -> [Action] {
        isReadRequested = false
        guard phase == .serving else { return [] }
        body = nil
        // A request that was answered early ends the wait for its rest.
        return stopWatchingRequest() + (unanswered == 0 ? wait(.requestHead) : [])
    }

    private mutating func bodyRequested() -> [Action] {
        guard isContinueAwaited else { return [] }
        body?.isContinued = true
        return [.sendContinue]
    }

    private mutating func readComplete() -> [Action] {
        switch phase {
        case .refusing, .refused, .ended: return [.read]
        // What arrives is dropped, so that the connection can be closed without a reset.
        case .serving where isEnding && !isStream: return [.read]
        case .closed: return []
        case .serving:
            var actions: [Action] = []
            let readAhead = ReadAheadSize(of: body?.framing, received: body?.received ?? 0, isPipelining: isPipelining)
            if !isStream, readAhead != self.readAhead {
                self.readAhead = readAhead
                actions.append(.readAhead(readAhead))
            }
            // Most bodies arrive together with their header, and need no timer.
            if body != nil, !isWatchingRequest {
                isWatchingRequest = true
                actions.append(.watchRequest)
            }
            return actions
        }
    }

    private mutating func parseError() -> [Action] {
        guard acceptsRequests else { return [] }
        isInputBroken = true
        isBodyBroken = body != nil && !isStream
        body = nil
        let actions = stopWatchingRequest()
        // The request has its response, or gets it: the error is none of another request.
        if isBodyBroken { return actions + (unwritten == 0 ? end() : []) }
        // The requests before it are answered first.
        return actions + (unanswered == 0 ? waitForClientClose() : [])
    }

    private mutating func responseEnd() -> [Action] {
        hasResponseBegun = false
        isAnswered = true
        unflushed += 1
        guard isLastResponse || isBodyBroken && unwritten == 0, phase == .serving else { return [] }
        return stopWatchingRequest() + end()
    }

    private mutating func responseFlushed() -> [Action] {
        unanswered = max(0, unanswered - 1)
        unflushed -= 1
        var actions = unflushed == 0 ? stopWatchingResponses() : []
        if unanswered == 0 {
            switch phase {
            case .refusing: actions += refuse()
            case .serving where isInputBroken: actions += waitForClientClose()
            // Answered before the request was read, such as a body that is too large.
            case .serving: actions += wait(body == nil ? .requestHead : .restOfRequest)
            case .refused, .ended, .closed: break
            }
        }
        guard unflushed == 0 else { return actions }
        if phase == .ended { actions += end() }
        if closesOutputWhenFlushed {
            closesOutputWhenFlushed = false
            actions += closeOutput()
        }
        // Also when the connection is closed: the caller may wait for the promise of its close.
        if closesWhenFlushed {
            closesWhenFlushed = false
            actions.append(.performClose)
        }
        return actions
    }

    /// Ends the connection behind the response that was written last.
    private mutating func end() -> [Action] {
        phase = .ended
        return unflushed == 0 ? closeOutput() : []
    }

    private mutating func closeOutput() -> [Action] {
        guard !isOutputClosed else { return [] }
        isOutputClosed = true
        return [.closeOutput] + waitForClientClose()
    }

    private mutating func requestIntervalEnded(_ isTooSlow: Bool) -> [Action] {
        isWatchingRequest = false
        guard phase == .serving, body != nil else { return [] }
        // While the service does not read, the client is not to blame.
        guard isTooSlow, isReadRequested else {
            isWatchingRequest = true
            return [.watchRequest]
        }
        guard unanswered == 1, !hasResponseBegun else { return close() }
        phase = .refusing(.requestTimeout)
        return refuse() + [.failRequestBody]
    }

    private mutating func refuse() -> [Action] {
        guard case .refusing(let status) = phase else { return [] }
        phase = .refused
        isOutputClosed = true
        return stopWatchingResponses() + [.refuse(status)] + waitForClientClose()
    }

    /// Ends the connection. A client whose request has no part of a response yet learns that it may try elsewhere.
    private mutating func abort() -> [Action] {
        guard phase == .serving, unanswered == 1, unflushed == 0, !hasResponseBegun else { return close() }
        phase = .refused
        return stopWatchingRequest() + stopWatchingResponses() + [.refuse(.serviceUnavailable)]
    }

    private mutating func close() -> [Action] {
        phase = .closed
        return [.close]
    }

    private mutating func wait(_ wait: Wait) -> [Action] { isEnding ? [] : [.wait(wait)] }

    private mutating func waitForClientClose() -> [Action] {
        defer { isEnding = true }
        return wait(.clientClose)
    }

    private mutating func stopWatchingRequest() -> [Action] {
        defer { isWatchingRequest = false }
        return isWatchingRequest ? [.stopWatchingRequest] : []
    }

    private mutating func watchResponses() -> [Action] {
        guard !isWatchingResponses, isOpen else { return [] }
        isWatchingResponses = true
        return [.watchResponses]
    }

    private mutating func stopWatchingResponses() -> [Action] {
        defer { isWatchingResponses = false }
        return isWatchingResponses ? [.stopWatchingResponses] : []
    }
}
#endif
