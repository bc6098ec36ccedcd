#if PIP_ACTIVEMQ
/// Creates the frames of a queue.
struct STOMPFrames: Sendable {
    let broker: STOMPBroker
    let isPersistent: Bool

    /// Returns a frame that sends a payload.
    func send(_ target: STOMPRoute.Target, _ headers: STOMPHeaders, _ body: [UInt8]?) -> STOMPFrame {
        var frame = STOMPFrame("SEND", ["destination": target.destination], body: body ?? [])
        for header in headers.list + target.headers.list { frame.headers.append(header.name, header.value) }
        frame.headers.append("persistent", "\(isPersistent)")
        return frame
    }

    /// Returns a frame that subscribes with `client-individual` acknowledgement.
    func subscribe(_ headers: STOMPHeaders, prefetch: Int) -> STOMPFrame {
        var frame = STOMPFrame("SUBSCRIBE", headers)
        frame.headers["ack"] = "client-individual"
        let (name, value) = broker.prefetch(prefetch)
        frame.headers[name] = value
        return frame
    }

    /// Returns a frame that acknowledges a message with the given headers.
    func acknowledge(_ headers: STOMPHeaders) -> STOMPFrame {
        // STOMP 1.2 only.
        if let id = headers["ack"] { return STOMPFrame("ACK", ["id": id]) }
        var frame = STOMPFrame("ACK")
        for name in ["message-id", "subscription"] { frame.headers[name] = headers[name] }
        return frame
    }

    /// Returns a copy of a delivered message.
    ///
    /// - Parameters:
    ///   - headers: the headers of the delivered message.
    ///   - deliveries: the number of its deliveries; 0 to restart the count.
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

    /// Returns the frames for replacing a message: they send `frame` and acknowledge the message, in one transaction if
    /// the broker supports it, otherwise in two groups, each sent after the receipt of the previous one. A message can
    /// then be duplicated but is never lost.
    func replace(_ headers: STOMPHeaders, by frame: STOMPFrame) -> [[STOMPFrame]] {
        let acknowledgement = acknowledge(headers)
        guard broker.hasTransactions else { return [[frame], [acknowledgement]] }
        // The id of an acknowledgement is unique within its connection.
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
