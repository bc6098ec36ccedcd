#if PIP_HTTP
/// The rules for a TLS connection: how long its handshake may take, and how long a connection of HTTP/2 may be without
/// streams.
///
/// ``handle(_:)`` receives what happened and returns what is to be done. ``SecureConnectionHandler`` does the I/O.
struct SecureConnectionStateMachine {
    /// What happened.
    enum Event: Equatable {
        case handshakeCompleted(isHTTP2: Bool)
        case streamOpened
        case streamClosed
        /// A stream was closed before it was answered, at a reading of the clock.
        case streamAborted(at: Duration)
        /// The server shuts down gracefully.
        case shutdownStarted
        /// The connection must end, whatever is in flight.
        case abortRequested
        /// The server closes the connection.
        case closeRequested
        /// The time of the current ``Wait`` has passed.
        case waitEnded
    }

    /// What is to be done.
    enum Action: Equatable {
        /// Close the connection when the time has passed; this replaces an earlier wait.
        case wait(Wait)
        case stopWaiting
        /// Close the connection.
        case close
        /// Close the connection after what is being written now was flushed.
        case closeSoon
    }

    /// What the connection waits for.
    enum Wait: Equatable {
        /// The next stream of HTTP/2.
        case stream
        /// The client's consent to the end of a connection of HTTP/2.
        case clientClose
    }

    /// False once the client aborted too many streams: nothing that it still sends counts.
    var acceptsInput: Bool { aborts.count <= Self.abortBound }

    /// True for a connection of HTTP/2.
    var isHTTP2: Bool {
        if case .http2 = phase { true } else { false }
    }

    /// Changes the state after an event. The wait for the handshake and the first request is already running.
    mutating func handle(_ event: Event) -> [Action] {
        switch (event, phase) {
        case (.handshakeCompleted(let isHTTP2), _):
            phase = isHTTP2 ? .http2(streams: 0) : .http1
            // The guard of the requests waits for the first one.
            return isHTTP2 ? [] : [.stopWaiting]
        case (.streamOpened, .http2(let streams)):
            phase = .http2(streams: streams + 1)
            return [.stopWaiting]
        case (.streamClosed, .http2): return streamClosed()
        case (.streamAborted(let time), .http2):
            let actions = streamClosed()
            noteAbort(time)
            return acceptsInput ? actions : [.close]
        case (.shutdownStarted, _):
            isDraining = true
            switch phase {
            case .handshake: return [.close]
            case .http2(streams: 0): return [.wait(.clientClose)]
            case .http1, .http2: return []
            }
        case (.abortRequested, _):
            isAborted = true
            return []
        // NIO closes a draining connection of HTTP/2 when its last frame is written, not flushed.
        case (.closeRequested, .http2) where !isAborted: return [.closeSoon]
        case (.closeRequested, _), (.waitEnded, _): return [.close]
        case (.streamOpened, _), (.streamClosed, _), (.streamAborted, _): return []
        }
    }

    // MARK: - Internal

    private enum Phase: Equatable {
        case handshake
        case http1
        case http2(streams: Int)
    }

    /// How many streams a client may abort in an interval. One that shares its connection among many users aborts some.
    private static let abortBound = 200
    private static let abortInterval = Duration.seconds(10)

    private var phase = Phase.handshake
    private var aborts = (count: 0, since: Duration.zero)
    private var isDraining = false
    private var isAborted = false

    private mutating func streamClosed() -> [Action] {
        guard case .http2(let streams) = phase else { return [] }
        phase = .http2(streams: streams - 1)
        return streams == 1 ? [.wait(isDraining ? .clientClose : .stream)] : []
    }

    /// Counts an aborted stream.
    private mutating func noteAbort(_ time: Duration) {
        guard acceptsInput else { return }
        if time - aborts.since >= Self.abortInterval { aborts = (0, time) }
        aborts.count += 1
    }
}
#endif
