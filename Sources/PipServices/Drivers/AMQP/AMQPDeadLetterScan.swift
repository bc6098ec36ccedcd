#if PIP_AMQP
/// Reads the dead letters of a queue, in order, on a separate link. Dead letters that are not settled return to their
/// place when the link is closed.
///
/// A marker message sent to the queue marks the end of the scan.
struct AMQPDeadLetterScan: Sendable {
    let connection: AMQPConnection
    let address: String
    /// The maximum number of dead letters to keep.
    let limit: Int
    let clock: any ClockSource

    /// The time to live of the marker in ms, in case the process ends before it is removed.
    private static let markerLife: UInt32 = 60_000

    /// Calls `body` for each dead letter.
    func forEach(
        _ context: Context, _ body: (AMQPMessage, AMQPDeliveryID, any AMQPReceiver) async throws -> Void
    ) async throws {
        let client = try connection.client(context)
        let marker = IdGenerator.nextLong()
        var message = AMQPMessage()
        message.properties[AMQPMessageConnector.Name.marker] = .string(marker)
        message.timeToLive = Self.markerLife
        try await connection.send(context, message, to: address)
        let prefetch = min(2 * min(max(1, limit), 100_000) + 100, 100_000)
        let (letters, feed) = AsyncStream<AMQPDelivery>.makeStream(bufferingPolicy: .bufferingOldest(2 * prefetch))
        var source = AMQPSource(address: address)
        (source.prefetch, source.isDurable, source.isRenewed) = (prefetch, true, false)
        let listener = AMQPListener(
            onDelivery: { feed.yield($0) }, onLoss: { _ in feed.finish() }, onEnd: { _ in feed.finish() })
        switch await client.receive(from: source, deadline: context.deadline, listener) {
        case .failure(let failure): throw failure.error(context, AMQPConnection.broker, "read dead letters")
        case .success(let receiver):
            do {
                try await read(context, letters, feed, marker, receiver, body)
                await receiver.close()
            } catch {
                await receiver.close()
                throw error
            }
        }
    }

    // MARK: - Internal

    private func read(
        _ context: Context, _ letters: AsyncStream<AMQPDelivery>, _ feed: AsyncStream<AMQPDelivery>.Continuation,
        _ marker: String, _ receiver: any AMQPReceiver,
        _ body: (AMQPMessage, AMQPDeliveryID, any AMQPReceiver) async throws -> Void
    ) async throws {
        let timeout = Task { [clock] in
            try await clock.sleep(for: .seconds(30))
            feed.finish()
        }
        defer { timeout.cancel() }
        for await delivery in letters {
            // An oversized dead letter cannot be replayed.
            guard !delivery.isOversized else { continue }
            let (message, _) = AMQPMessage.envelope(wire: delivery.message, type: .subject)
            if let found = message.properties[AMQPMessageConnector.Name.marker]?.text {
                // Markers of other scans stay in the queue until they expire.
                guard found.isSame(as: marker) else { continue }
                _ = await receiver.settle(delivery.id, .accepted, deadline: nil)
                return
            }
            try await body(message, delivery.id, receiver)
        }
        try Task.checkCancellation()
        throw AMQPFailure.noAnswer.error(context, AMQPConnection.broker, "read dead letters")
    }
}
#endif
