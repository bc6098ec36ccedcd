#if PIP_HTTP
internal import HTTPTypes

/// The rules that protect a server from slow and ambiguous requests, for one HTTP/1.1 connection or one HTTP/2 stream.
///
/// ``handle(_:)`` accepts an event and returns actions. The machine does no I/O and sets no timers: ``ConnectionGuard``
/// does that.
struct ConnectionGuardStateMachine {
    /// An event.
    enum Event: Equatable {
        /// The header of a request arrived.
        case requestHead(RequestFraming.Reading)
        /// Bytes of a request body arrived.
        case requestBody(Int)
        /// A request arrived completely.
        case requestEnd
        /// All data of one read were delivered.
        case readComplete
        /// The server is ready for more of the request.
        case readRequested
        /// The service starts reading the body of the request being handled.
        case bodyRequested
        /// The client sent invalid HTTP; the server answers it.
        case parseError
        /// The server writes the header of a response, final or informational.
        case responseHead(isFinal: Bool)
        /// The response being written announces the close of the connection.
        case lastResponse
        /// The server writes the end of a response.
        case responseEnd
        /// A complete response reached the socket, or the connection failed before.
        case responseFlushed
        /// The server flushed its output.
        case flush
        /// The output buffer became full or writable.
        case writabilityChanged(isWritable: Bool)
        /// The server will write no more.
        case outputCloseRequested
        /// The server closes the connection.
        case closeRequested
        /// The server shuts down gracefully.
        case shutdownStarted
        /// The connection must close immediately.
        case abortRequested
        /// The time of the current ``Wait`` has expired.
        case waitEnded
        /// An interval of slow-body detection for the request ended.
        case requestIntervalEnded(isTooSlow: Bool)
        /// An interval of slow-body detection for the responses ended.
        case responseIntervalEnded(isTooSlow: Bool, isWritable: Bool)
        /// The connection is closed.
        case closed
    }

    /// An action.
    enum Action: Equatable {
        /// Close the connection when the time expires; replaces an earlier wait.
        case wait(Wait)
        case stopWaiting
        /// Start an interval of slow-body detection for the request.
        case watchRequest
        case stopWatchingRequest
        /// Start an interval of slow-body detection for the responses.
        case watchResponses
        case stopWatchingResponses
        /// Change how many bytes the parser receives at once.
        case readAhead(ReadAheadSize)
        /// Lower the limit for buffered response bytes.
        case bufferFewResponses
        /// Read more, because the server does not.
        case read
        /// Send `100 Continue`, so that the client sends the body.
        case sendContinue
        /// Send a response with this status, then close the output.
        case refuse(HTTPResponse.Status)
        /// Tell the server that the rest of the request body will not arrive.
        case failRequestBody
        /// Close the output, so that the client sees the end.
        case closeOutput
        /// Perform the close that the server requested.
        case performClose
        /// Close the connection and stop all timers.
        case close
    }

    /// The event that the connection waits for.
    enum Wait: Equatable {
        /// The header of a request.
        case requestHead
        /// The rest of a request that was already answered.
        case restOfRequest
        /// The client closing the connection after its last response.
        case clientClose
    }

    /// True for an HTTP/2 stream.
    let isStream: Bool
    /// False if incoming parts of requests are to be dropped.
    var acceptsRequests: Bool { phase == .serving && !isInputBroken && !isEnding }
    /// False if writing a response must fail.
    var acceptsResponses: Bool { phase != .refused && phase != .ended }
    /// True if the response must announce the close of the connection.
    var announcesClose: Bool { !isStream && ((isDraining || isBodyBroken) && unwritten <= 1 || isBodyUnwanted) }

    /// True after the end of a response was written.
    private(set) var isAnswered = false

    init(isStream: Bool) { self.isStream = isStream }

    /// Processes an event.
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
            // It may be the body or the next request: only the end of the connection tells.
            isBodyUnwanted = isContinueAwaited
            hasResponseBegun = true
        case .lastResponse: isLastResponse = true
        case .responseEnd: return responseEnd()
        case .responseFlushed: return responseFlushed()
        // The channel may report that it is writable although the client does not read the last bytes.
        case .flush: if unflushed > 0 { return watchResponses() }
        case .writabilityChanged(let isWritable):
            return isWritable && unflushed == 0 ? stopWatchingResponses() : watchResponses()
        case .outputCloseRequested:
            // When both directions are closed, the channel drops unsent data.
            if !mustFlush { return closeOutput() }
            closesOutputWhenFlushed = true
        case .closeRequested:
            // The client may still send, and a reset could discard its last response: the wait ends the connection.
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
        /// No more input is read; earlier requests are answered before the refused one.
        case refusing(HTTPResponse.Status)
        /// The refusal is sent.
        case refused
        /// The last response is written; no more input is read.
        case ended
        case closed
    }

    private struct Body {
        let framing: RequestFraming
        var received = 0
        /// True after `100 Continue` was sent.
        var isContinued = false
    }

    private var phase = Phase.serving
    /// The body being received.
    private var body: Body?
    /// The number of requests without a complete response at the socket.
    private var unanswered = 0
    /// The number of complete responses not yet at the socket: closing now would cut them.
    private var unflushed = 0
    private var readAhead = ReadAheadSize.header
    private var hasResponseBegun = false
    /// True for a response that announces the close.
    private var isLastResponse = false
    /// True for a response before a body that the client was not asked for.
    private var isBodyUnwanted = false
    /// True after invalid HTTP was received.
    private var isInputBroken = false
    /// True if it was in the body of the last request, whose response is the last.
    private var isBodyBroken = false
    private var isReadRequested = false
    private var isWatchingRequest = false
    private var isWatchingResponses = false
    /// True if the client sends requests without waiting for responses.
    private var isPipelining = false
    private var isDraining = false
    /// True if no more input is expected: further input does not extend the last wait.
    private var isEnding = false
    private var isOutputClosed = false
    private var closesOutputWhenFlushed = false
    private var closesWhenFlushed = false

    private var isOpen: Bool { phase != .refused && phase != .closed }
    private var mustFlush: Bool { unflushed > 0 && isOpen }
    /// True while a connection with a broken body waits, after its last response, for the client to close.
    private var isLingering: Bool { phase == .ended && isBodyBroken && isOutputClosed }
    /// The number of requests without a completely written response.
    private var unwritten: Int { unanswered - unflushed }
    /// True while the client waits for `100 Continue`.
    private var isContinueAwaited: Bool {
        guard let body, body.framing.awaitsContinue, !body.isContinued, body.received == 0 else { return false }
        // The body belongs to the last request, which may not be the one being handled.
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
        // A request with an early response ends the wait for its rest.
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
        // Input is dropped, so that closing does not reset the connection.
        case .serving where isEnding && !isStream: return [.read]
        case .closed: return []
        case .serving:
            var actions: [Action] = []
            let readAhead = ReadAheadSize(of: body?.framing, received: body?.received ?? 0, isPipelining: isPipelining)
            if !isStream, readAhead != self.readAhead {
                self.readAhead = readAhead
                actions.append(.readAhead(readAhead))
            }
            // Most bodies arrive with their header and need no timer.
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
        // The request has or gets its response: the error belongs to no other request.
        if isBodyBroken { return actions + (unwritten == 0 ? end() : []) }
        // Earlier requests are answered first.
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
            // An early response, for example to a body that is too large.
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
        // Also for a closed connection: the caller may wait for the close promise.
        if closesWhenFlushed {
            closesWhenFlushed = false
            actions.append(.performClose)
        }
        return actions
    }

    /// Closes the connection after the last written response.
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
        // While the service does not read, the client is not at fault.
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

    /// Aborts the connection. A client without any part of a response learns that it may retry elsewhere.
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
