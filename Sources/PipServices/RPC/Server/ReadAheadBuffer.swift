#if PIP_HTTP
internal import NIOCore

/// A buffer for bytes that were read before the parser requested them.
///
/// A pure state machine: ``ReadAheadLimiter`` carries out the results.
struct ReadAheadBuffer {
    /// The maximum number of bytes to pass on at once.
    var size: ReadAheadSize
    /// True if bytes are buffered.
    var isHolding: Bool { held != nil }

    private var held: ByteBuffer?
    /// The number of bytes passed on since the last read completed.
    private var passed = 0
    private var isReadRequested = false
    private var isPassing = false
    private var isInputClosed = false

    init(size: ReadAheadSize = .header) { self.size = size }

    /// Adds received bytes.
    /// - Returns: true to pass them on now; false if they are buffered.
    mutating func receive(_ buffer: ByteBuffer) -> Bool {
        if held != nil {
            var buffer = buffer
            held?.writeBuffer(&buffer)
            return false
        }
        guard passed + buffer.readableBytes <= size.bytes else {
            held = buffer
            // The requested read has delivered nothing, or too little.
            isReadRequested = true
            return false
        }
        passed += buffer.readableBytes
        return true
    }

    /// Marks the end of a read.
    mutating func completeRead() { passed = 0 }

    /// Handles a read request of the parser.
    /// - Returns: true if more bytes must be read from the connection.
    mutating func requestRead() -> Bool {
        guard held != nil else { return !isInputClosed }
        isReadRequested = true
        return false
    }

    /// Starts passing on buffered bytes.
    /// - Returns: false if a caller up the stack is already doing so.
    mutating func beginPassing() -> Bool {
        if isPassing { return false }
        isPassing = true
        return true
    }

    /// Ends a pass started by ``beginPassing()``.
    mutating func endPassing() { isPassing = false }

    /// Returns the next bytes to pass on; nil if none are requested.
    mutating func next() -> ByteBuffer? {
        guard isReadRequested, var buffer = held else { return nil }
        isReadRequested = false
        let piece = buffer.readSlice(length: min(size.bytes, buffer.readableBytes))
        held = buffer.readableBytes > 0 ? buffer : nil
        return piece
    }

    /// Handles the end of the input.
    /// - Returns: true to pass it on now; false to do so after the buffered bytes.
    mutating func closeInput() -> Bool {
        isInputClosed = true
        return held == nil
    }

    /// True if the end of the input must be passed on after the last bytes.
    var isAtEnd: Bool { isInputClosed && held == nil }

    /// Drops the buffered bytes.
    mutating func clear() { held = nil }
}
#endif
