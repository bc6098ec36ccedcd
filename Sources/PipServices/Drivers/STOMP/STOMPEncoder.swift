#if PIP_ACTIVEMQ
internal import NIOCore

/// Encodes STOMP frames.
enum STOMPEncoder {
    /// Appends a frame. A body always has a `content-length`.
    /// - Throws: ``STOMPProtocolError`` for a header that the version cannot represent.
    static func encode(
        _ frame: STOMPFrame, _ version: STOMPVersion, into buffer: inout ByteBuffer
    ) throws(STOMPProtocolError) {
        // The first frame is sent before the version is negotiated.
        let escapes = version.escapes && !frame.command.isSame(as: "CONNECT")
        buffer.reserveCapacity(minimumWritableBytes: 256 + frame.body.count)
        buffer.writeString(frame.command)
        buffer.writeInteger(Self.newline)
        for header in frame.headers.list {
            try write(header.name, of: header, isName: true, escapes, version, into: &buffer)
            buffer.writeInteger(Self.colon)
            try write(header.value, of: header, isName: false, escapes, version, into: &buffer)
            buffer.writeInteger(Self.newline)
        }
        if !frame.body.isEmpty || frame.command.isSame(as: "SEND") {
            buffer.writeString("content-length:\(frame.body.count)\n")
        }
        buffer.writeInteger(Self.newline)
        buffer.writeBytes(frame.body)
        buffer.writeInteger(UInt8(0))
    }

    // MARK: - Internal

    private static let newline = UInt8(ascii: "\n")
    private static let colon = UInt8(ascii: ":")

    private static func write(
        _ text: String, of header: STOMPHeaders.Header, isName: Bool, _ escapes: Bool, _ version: STOMPVersion,
        into buffer: inout ByteBuffer
    ) throws(STOMPProtocolError) {
        let isPlain = text.utf8.allSatisfy { $0 > UInt8(ascii: "\r") && $0 != colon && $0 != UInt8(ascii: "\\") }
        if isPlain {
            buffer.writeString(text)
            return
        }
        for byte in text.utf8 {
            let escape: StaticString? =
                switch byte {
                case 0: throw STOMPProtocolError("the header '\(header.name)' has a NUL character")
                case newline: "\\n"
                case colon: "\\c"
                case UInt8(ascii: "\\"): "\\\\"
                case UInt8(ascii: "\r"): version.hasCarriageReturns ? "\\r" : nil
                default: nil
                }
            if escapes, let escape {
                buffer.writeStaticString(escape)
                continue
            }
            // Without escapes, a value can contain colons but neither names nor values can contain line breaks.
            guard byte != newline, byte != colon || !isName,
                byte != UInt8(ascii: "\r") || !version.hasCarriageReturns
            else {
                throw STOMPProtocolError("the header '\(header.name)' can't be sent in STOMP \(version.rawValue)")
            }
            buffer.writeInteger(byte)
        }
    }
}
#endif
