#if PIP_ACTIVEMQ
/// The frames of a queue.
struct STOMPFrames: Sendable {
    let broker: STOMPBroker
    let isPersistent: Bool

    /// Sends a payload.
    func send(_ target: STOMPRoute.Target, _ headers: STOMPHeaders, _ body: [UInt8]?) -> STOMPFrame {
        var frame = STOMPFrame("SEND", ["destination": target.destination], body: body ?? [])
        for header in headers.list + target.headers.list { frame.headers.append(header.name, header.value) }
        frame.headers.append("persistent", "\(isPersistent)")
        return frame
    }

    /// Subscribes with `client-individual` acknowledgement.
    func subscribe(_ headers: STOMPHeaders, prefetch: Int) -> STOMPFrame {
        var frame = STOMPFrame("SUBSCRIBE", headers)
        frame.headers["ack"] = "client-individual"
        let (name, value) = broker.prefetch(prefetch)
        frame.headers[name] = value
        return frame
    }

    /// Acknowledges a message, by the headers that it came with.
    func acknowledge(_ headers: STOMPHeaders) -> STOMPFrame {
        // Only in STOMP 1.2.
        if let id = headers["ack"] { return STOMPFrame("ACK", ["id": id]) }
        var frame = STOMPFrame("ACK")
        for name in ["message-id", "subscription"] { frame.headers[name] = headers[name] }
        return frame
    }

    /// A copy of a message that was delivered.
    ///
    /// - Parameters:
    ///   - headers: those that it came with.
    ///   - deliveries: how many times it was delivered; 0 to start anew.
    ///   - more: further headers of the copy.
    func copy(
        to target: STOMPRoute.Target, _ headers: STOMPHeaders, _ body: [UInt8]?, deliveries: Int,
        _ more: STOMPHeaders = [:]
    ) -> STOMPFrame {
        var copied = STOMPEnvelope.copied(headers, broker)
        if deliveries > 0 { copied[STOMPEnvelope.Name.deliveries] = String(deliveries) }
        for header in more.list { copied[header.name] = header.value }
        return send(target, copied, body)
    }

    /// Sends a frame and acknowledges a message, as a whole where the broker can do that. Elsewhere each group of frames
    /// waits for the receipt of the one before: the message may be there twice, but is never lost.
    func replace(_ headers: STOMPHeaders, by frame: STOMPFrame) -> [[STOMPFrame]] {
        let acknowledgement = acknowledge(headers)
        guard broker.hasTransactions else { return [[frame], [acknowledgement]] }
        // The id of an acknowledgement is unique for its connection.
        let name = "tx-" + (headers["ack"] ?? headers["message-id"] ?? "")
        func inside(_ frame: STOMPFrame) -> STOMPFrame {
            var frame = frame
            frame.headers["transaction"] = name
            return frame
        }
        return [
            [
                STOMPFrame("BEGIN", ["transaction": name]), inside(frame), inside(acknowledgement),
                STOMPFrame("COMMIT", ["transaction": name]),
            ]
        ]
    }
}
#endif
