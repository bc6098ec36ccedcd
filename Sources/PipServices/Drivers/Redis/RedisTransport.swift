#if PIP_REDIS
import Glibc

/// Sends commands to a socket and reads replies from it, without blocking. One thread at a time may use it.
final class RedisTransport {
    /// The socket, for waiting.
    let socket: RedisSocket
    private let tls: RedisTLSSession?
    private let reader: RedisReplyReader
    /// Small enough for the fastest cache of a processor, from which the reader copies next.
    private var input = [UInt8](repeating: 0, count: 32 << 10)
    private var decrypted: [UInt8]
    /// With TLS, what is to be encrypted.
    private var plain: [UInt8] = []
    private var output: [UInt8] = []
    private var written = 0
    /// True while the socket accepts no bytes.
    private(set) var isBlocked = false
    /// The number of bytes that were sent and received.
    private(set) var transferred = 0

    /// - Throws: An error if no memory is left.
    init(_ link: RedisLink) throws(RedisConnectionError) {
        guard let reader = RedisReplyReader() else { throw RedisConnectionError(reason: "out of memory") }
        (socket, tls, self.reader) = (link.socket, link.tls, reader)
        decrypted = tls == nil ? [] : [UInt8](repeating: 0, count: 32 << 10)
    }

    /// True if all bytes of the last ``load(_:)`` were sent.
    var isSent: Bool { written == output.count && plain.isEmpty }
    /// True if at least one byte of the last ``load(_:)`` was sent.
    var hasSentPart: Bool { written > 0 }

    /// Lets `fill` append the bytes to send next. The previous ones must be sent.
    func load(_ fill: (inout [UInt8]) -> Void) {
        // The memory of a huge command is released.
        output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
        written = 0
        if tls == nil { fill(&output) } else { fill(&plain) }
    }

    /// Sends loaded bytes until all are sent or the socket accepts no more.
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

    /// Receives bytes once, and appends the replies that they complete.
    /// - Returns: True if more bytes may have arrived.
    /// - Throws: An error if the connection is lost or the bytes violate the protocol. The replies before it are appended.
    func receive(_ replies: inout [RedisReply]) throws(RedisConnectionError) -> Bool {
        guard let count = try socket.receive(into: &input) else { return false }
        transferred &+= count
        if let tls {
            try tls.add(input, count: count)
            // All of it: nothing wakes the thread for bytes that OpenSSL has already.
            while let count = try tls.decrypt(into: &decrypted) { try read(decrypted, count, &replies) }
            // An answer to a change of keys.
            tls.takeOutput(&output)
        } else {
            try read(input, count, &replies)
        }
        return count == input.count
    }

    /// Carries out the TLS handshake, and blocks until it is complete.
    /// - Throws: An error at `end`, a point of the system clock's `uptime`.
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
