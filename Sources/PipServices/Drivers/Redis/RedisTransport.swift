#if PIP_REDIS
import Glibc

/// Sends commands to a socket and reads replies without blocking. Not for concurrent use.
final class RedisTransport {
    /// The socket, for waiting.
    let socket: RedisSocket
    private let tls: RedisTLSSession?
    private let reader: RedisReplyReader
    /// Small enough for the L1 cache, from which the reader copies next.
    private var input = [UInt8](repeating: 0, count: 32 << 10)
    private var decrypted: [UInt8]
    /// With TLS, the bytes to encrypt.
    private var plain: [UInt8] = []
    private var output: [UInt8] = []
    private var written = 0
    /// True while the socket accepts no bytes.
    private(set) var isBlocked = false
    /// The number of bytes sent and received.
    private(set) var transferred = 0

    /// - Throws: an error if memory is exhausted.
    init(_ link: RedisLink) throws(RedisConnectionError) {
        guard let reader = RedisReplyReader() else { throw RedisConnectionError(reason: "out of memory") }
        (socket, tls, self.reader) = (link.socket, link.tls, reader)
        decrypted = tls == nil ? [] : [UInt8](repeating: 0, count: 32 << 10)
    }

    /// True if all bytes of the last ``load(_:)`` were sent.
    var isSent: Bool { written == output.count && plain.isEmpty }
    /// True if at least one byte of the last ``load(_:)`` was sent.
    var hasSentPart: Bool { written > 0 }

    /// Lets `fill` append the bytes to send next. All earlier bytes must have been sent.
    func load(_ fill: (inout [UInt8]) -> Void) {
        // Releases the memory of a huge command.
        output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
        written = 0
        if tls == nil { fill(&output) } else { fill(&plain) }
    }

    /// Sends the loaded bytes until all are sent or the socket accepts no more.
    func send() throws(RedisConnectionError) {
        if let tls, !plain.isEmpty {
            try tls.encrypt(plain)
            plain.removeAll(keepingCapacity: plain.capacity <= 1 << 20)
            tls.takeOutput(&output)
        }
        while !isSent {
            guard let count = try socket.send(output, from: written) else {
                isBlocked = true
                return
            }
            written += count
            transferred &+= count
        }
    }

    /// Records that the socket accepts bytes again.
    func unblock() { isBlocked = false }

    /// Receives bytes once and appends the completed replies.
    /// - Returns: true if more bytes may be available.
    /// - Throws: an error if the connection is lost or the bytes violate the protocol. Earlier replies are appended
    ///   before.
    func receive(_ replies: inout [RedisReply]) throws(RedisConnectionError) -> Bool {
        guard let count = try socket.receive(into: &input) else { return false }
        transferred &+= count
        if let tls {
            try tls.add(input, count: count)
            // All of it: bytes already buffered by OpenSSL do not wake the thread.
            while let count = try tls.decrypt(into: &decrypted) { try read(decrypted, count, &replies) }
            // The response to a TLS key update.
            tls.takeOutput(&output)
        } else {
            try read(input, count, &replies)
        }
        return count == input.count
    }

    /// Performs the TLS handshake. Blocks until it is complete.
    /// - Throws: an error at `end`, a reading of the system clock's `uptime`.
    static func shakeHands(_ link: RedisLink, until end: Duration) throws(RedisConnectionError) {
        guard let tls = link.tls else { return }
        var input = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let isDone = try tls.shakeHands()
            var output: [UInt8] = []
            tls.takeOutput(&output)
            var written = 0
            while written < output.count {
                if let count = try link.socket.send(output, from: written) {
                    written += count
                } else {
                    try link.socket.wait(for: POLLOUT, until: end)
                }
            }
            if isDone { return }
            try link.socket.wait(for: POLLIN, until: end)
            if let count = try link.socket.receive(into: &input) { try tls.add(input, count: count) }
        }
    }

    // MARK: - Internal

    private func read(
        _ bytes: [UInt8], _ count: Int, _ replies: inout [RedisReply]
    ) throws(RedisConnectionError) {
        reader.feed(bytes, count: count)
        while let reply = try reader.next() { replies.append(reply) }
    }
}
#endif
