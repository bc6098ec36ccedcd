#if PIP_HTTP
/// The rules for the handshake time of a TLS connection and the idle time of an HTTP/2 connection.
///
/// ``handle(_:)`` accepts an event and returns actions. ``SecureConnectionHandler`` does the I/O.
struct SecureConnectionStateMachine {
    /// An event.
    enum Event: Equatable {
        case handshakeCompleted(isHTTP2: Bool)
        case streamOpened
        case streamClosed
        /// A stream was closed before it was answered, at the given clock reading.
        case streamAborted(at: Duration)
        /// The server shuts down gracefully.
        case shutdownStarted
        /// The connection must close immediately.
        case abortRequested
        /// The server closes the connection.
        case closeRequested
        /// The time of the current ``Wait`` has expired.
        case waitEnded
    }

    /// An action.
    enum Action: Equatable {
        /// Close the connection when the time expires; replaces an earlier wait.
        case wait(Wait)
        case stopWaiting
        /// Close the connection.
        case close
        /// Close the connection after the current writes are flushed.
        case closeSoon
    }

    /// The event that the connection waits for.
    enum Wait: Equatable {
        /// The next HTTP/2 stream.
        case stream
        /// The client closing an HTTP/2 connection after GOAWAY.
        case clientClose
    }

    /// False if the client aborted too many streams: its further input is ignored.
    var acceptsInput: Bool { aborts.count <= Self.abortBound }

    /// True for an HTTP/2 connection.
    var isHTTP2: Bool {
        if case .http2 = phase { true } else { false }
    }

    /// Processes an event. The wait for the handshake and first request is already running.
    mutating func handle(_ event: Event) -> [Action] {
        switch (event, phase) {
        case (.handshakeCompleted(let isHTTP2), _):
            phase = isHTTP2 ? .http2(streams: 0) : .http1
            // The guard of the requests waits for the first request.
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
        // NIO closes a draining HTTP/2 connection when its last frame is written, not flushed.
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

    /// The maximum number of aborted streams per interval. A client that multiplexes many users aborts some.
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
