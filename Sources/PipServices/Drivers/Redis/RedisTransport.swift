#if PIP_REDIS
/// Sends commands to a socket and reads replies from it, without blocking. One thread at a time may use it.
final class RedisTransport {
    /// The socket, for waiting.
    let socket: RedisSocket
    private let reader: RedisReplyReader
    /// Small enough for the fastest cache of a processor, from which the reader copies next.
    private var input = [UInt8](repeating: 0, count: 32 << 10)
    private var output: [UInt8] = []
    private var written = 0
    /// True while the socket accepts no bytes.
    private(set) var isBlocked = false

    /// - Throws: An error if no memory is left.
    init(_ socket: RedisSocket) throws(RedisConnectionError) {
        guard let reader = RedisReplyReader() else { throw RedisConnectionError(reason: "out of memory") }
        (self.socket, self.reader) = (socket, reader)
    }

    /// True if all bytes of the last ``load(_:)`` were sent.
    var isSent: Bool { written == output.count }
    /// True if at least one byte of the last ``load(_:)`` was sent.
    var hasSentPart: Bool { written > 0 }

    /// Lets `fill` append the bytes to send next. The previous ones must be sent.
    func load(_ fill: (inout [UInt8]) -> Void) {
        // The memory of a huge command is released.
        output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
        written = 0
        fill(&output)
    }

    /// Sends loaded bytes until all are sent or the socket accepts no more.
    func send() throws(RedisConnectionError) {
        while !isSent {
            guard let count = try socket.send(output, from: written) else {
                isBlocked = true
                return
            }
            written += count
        }
    }

    /// Records that the socket accepts bytes again.
    func unblock() { isBlocked = false }

    /// Receives bytes once, and appends the replies that they complete.
    /// - Returns: True if more bytes may have arrived.
    /// - Throws: An error if the connection is lost or the bytes violate the protocol. The replies before it are appended.
    func receive(_ replies: inout [RedisReply]) throws(RedisConnectionError) -> Bool {
        guard let count = try socket.receive(into: &input) else { return false }
        reader.feed(input, count: count)
        while let reply = try reader.next() { replies.append(reply) }
        return count == input.count
    }
}
#endif
