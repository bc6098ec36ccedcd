#if PIP_HTTP
internal import NIOCore

/// Bytes that were read from a connection before the parser asked for them.
///
/// A pure state machine: ``ReadAheadLimiter`` does what it returns.
struct ReadAheadBuffer {
    /// How many bytes may be passed on at once.
    var size: ReadAheadSize
    /// True while bytes are held.
    var isHolding: Bool { held != nil }

    private var held: ByteBuffer?
    /// How many bytes were passed on since the last read was complete.
    private var passed = 0
    private var isReadRequested = false
    private var isPassing = false
    private var isInputClosed = false

    init(size: ReadAheadSize = .header) { self.size = size }

    /// Accepts bytes that were read.
    /// - Returns: true when they are to be passed on now; false when they are held.
    mutating func receive(_ buffer: ByteBuffer) -> Bool {
        if held != nil {
            var buffer = buffer
            held?.writeBuffer(&buffer)
            return false
        }
        guard passed + buffer.readableBytes <= size.bytes else {
            held = buffer
            // The read that was requested has delivered nothing, or too little.
            isReadRequested = true
            return false
        }
        passed += buffer.readableBytes
        return true
    }

    /// Ends the bytes of one read.
    mutating func completeRead() { passed = 0 }

    /// Notes that the parser is ready for more bytes.
    /// - Returns: true when they are to be read from the connection.
    mutating func requestRead() -> Bool {
        guard held != nil else { return !isInputClosed }
        isReadRequested = true
        return false
    }

    /// Begins to pass on what is held.
    /// - Returns: false when a caller further up the stack does that already.
    mutating func beginPassing() -> Bool {
        if isPassing { return false }
        isPassing = true
        return true
    }

    /// Ends what ``beginPassing()`` began.
    mutating func endPassing() { isPassing = false }

    /// The next bytes to pass on, when they are requested.
    mutating func next() -> ByteBuffer? {
        guard isReadRequested, var buffer = held else { return nil }
        isReadRequested = false
        let piece = buffer.readSlice(length: min(size.bytes, buffer.readableBytes))
        held = buffer.readableBytes > 0 ? buffer : nil
        return piece
    }

    /// Notes that the client sends nothing more.
    /// - Returns: true when this is to be passed on now; false when it follows the bytes that are held.
    mutating func closeInput() -> Bool {
        isInputClosed = true
        return held == nil
    }

    /// True when the end of the input is to be passed on after the last bytes.
    var isAtEnd: Bool { isInputClosed && held == nil }

    /// Releases what is held.
    mutating func clear() { held = nil }
}
#endif
