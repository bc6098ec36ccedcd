#if PIP_ACTIVEMQ
internal import NIOCore

/// Decodes STOMP frames from bytes in portions of any size. A state machine without I/O.
///
/// Every byte is examined once, and memory is bounded. A body over the limit is skipped, and its frame is marked as
/// oversized. Headers over the limits cause an error, after which the decoder must not be used.
struct STOMPDecoder {
    /// The limits of a frame.
    struct Limits: Sendable, Equatable {
        var headerCount = 1_000
        /// The maximum size of the command and all headers, in bytes.
        var headerSize = 256 << 10
        var bodySize = 16 << 20
    }

    /// The version, which determines the format of headers. `CONNECTED` has no escapes in any version.
    var version = STOMPVersion.version12

    private enum State {
        /// Between frames, where line breaks are heart-beats.
        case idle
        case head
        /// - Parameter left: the number of missing bytes of the body, including those in the buffer.
        case body(left: Int)
        /// A body without a length, terminated by a NUL.
        case unmeasuredBody
    }

    private let limits: Limits
    private var state = State.idle
    private var buffer = ByteBuffer()
    /// The number of bytes in the buffer that were already searched for the end of the current part.
    private var scanned = 0
    private var headSize = 0
    private var frame = STOMPFrame("")

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// The number of buffered bytes, for tests.
    var keptSize: Int { buffer.readableBytes + headSize + frame.body.count }

    /// Adds received bytes.
    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// Returns the next complete frame; nil if more bytes are needed.
    mutating func next() throws(STOMPProtocolError) -> STOMPFrame? {
        while true {
            switch state {
            case .idle:
                guard skipHeartBeats() else { return nil }
                (frame, headSize, scanned) = (STOMPFrame(""), 0, 0)
                state = .head
            case .head:
                guard let line = try nextLine() else { return nil }
                if frame.command.isEmpty {
                    frame.command = String(decoding: line, as: UTF8.self)
                } else if line.isEmpty {
                    state = try bodyState()
                } else {
                    try addHeader(line)
                }
            case .body(let left):
                guard try readBody(left) else { return nil }
                return finish()
            case .unmeasuredBody:
                guard readUnmeasuredBody() else { return nil }
                return finish()
            }
        }
    }

    // MARK: - Internal

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private mutating func finish() -> STOMPFrame {
        defer { frame = STOMPFrame("") }
        (state, headSize, scanned) = (.idle, 0, 0)
        return frame
    }

    /// Skips line breaks between frames. True if other bytes follow.
    private mutating func skipHeartBeats() -> Bool {
        let view = buffer.readableBytesView
        guard let start = view.firstIndex(where: { $0 != Self.newline && $0 != Self.carriageReturn }) else {
            buffer.moveReaderIndex(to: buffer.writerIndex)
            return false
        }
        buffer.moveReaderIndex(to: start)
        return true
    }

    /// Removes and returns the next line, without its line end.
    private mutating func nextLine() throws(STOMPProtocolError) -> ByteBufferView? {
        let view = buffer.readableBytesView
        let end = view[(view.startIndex + scanned)...].firstIndex(of: Self.newline)
        let size = (end ?? view.endIndex) - view.startIndex
        guard headSize + size <= limits.headerSize else {
            throw STOMPProtocolError("a frame has more than \(limits.headerSize) bytes of headers")
        }
        guard let end else {
            scanned = size
            return nil
        }
        scanned = 0
        headSize += size + 1
        buffer.moveReaderIndex(to: end + 1)
        var line = view[..<end]
        if line.last == Self.carriageReturn, version.hasCarriageReturns { line = line.dropLast() }
        guard !line.contains(0) else { throw STOMPProtocolError("a frame has a NUL character in its headers") }
        return line
    }

    private mutating func addHeader(_ line: ByteBufferView) throws(STOMPProtocolError) {
        guard frame.headers.list.count < limits.headerCount else {
            throw STOMPProtocolError("a frame has more than \(limits.headerCount) headers")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw STOMPProtocolError("a header has no colon")
        }
        let isEscaped = version.escapes && !frame.command.isSame(as: "CONNECTED")
        frame.headers.append(
            try text(line[..<colon], isEscaped), try text(line[line.index(after: colon)...], isEscaped))
    }

    private func text(_ bytes: ByteBufferView, _ isEscaped: Bool) throws(STOMPProtocolError) -> String {
        guard isEscaped, bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var (result, isEscape): ([UInt8], Bool) = ([], false)
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            guard isEscape else {
                isEscape = byte == UInt8(ascii: "\\")
                if !isEscape { result.append(byte) }
                continue
            }
            isEscape = false
            switch byte {
            case UInt8(ascii: "n"): result.append(Self.newline)
            case UInt8(ascii: "c"): result.append(UInt8(ascii: ":"))
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "r") where version.hasCarriageReturns: result.append(Self.carriageReturn)
            default: throw STOMPProtocolError("a header has an undefined escape")
            }
        }
        guard !isEscape else { throw STOMPProtocolError("a header ends in the middle of an escape") }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func bodyState() throws(STOMPProtocolError) -> State {
        guard let text = frame.headers["content-length"] else { return .unmeasuredBody }
        guard let length = Int(text), length >= 0 else {
            throw STOMPProtocolError("a content-length is '\(text.shortened)'; expected a number from 0")
        }
        frame.isOversized = length > limits.bodySize
        return .body(left: length)
    }

    /// Reads a body of known length. A body over the limit is skipped as it arrives.
    private mutating func readBody(_ left: Int) throws(STOMPProtocolError) -> Bool {
        var left = left
        if frame.isOversized {
            let skipped = min(left, buffer.readableBytes)
            buffer.moveReaderIndex(forwardBy: skipped)
            left -= skipped
            state = .body(left: left)
        }
        guard buffer.readableBytes > left else { return false }
        if left > 0 { frame.body = buffer.readBytes(length: left) ?? [] }
        guard buffer.readInteger(as: UInt8.self) == 0 else {
            throw STOMPProtocolError("a body is longer than its content-length")
        }
        return true
    }

    private mutating func readUnmeasuredBody() -> Bool {
        let view = buffer.readableBytesView
        let end = view[(view.startIndex + scanned)...].firstIndex(of: 0)
        let size = (end ?? view.endIndex) - view.startIndex
        if size > limits.bodySize { frame.isOversized = true }
        if frame.isOversized {
            scanned = 0
            buffer.moveReaderIndex(to: end.map { $0 + 1 } ?? view.endIndex)
            return end != nil
        }
        scanned = size
        guard end != nil else { return false }
        frame.body = buffer.readBytes(length: size) ?? []
        buffer.moveReaderIndex(forwardBy: 1)
        return true
    }
}
#endif
