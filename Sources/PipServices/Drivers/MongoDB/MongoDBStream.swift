/// Items of a collection that are read in batches, on demand.
///
/// - Warning: Servers accept a further batch only in the session of the first one. With several callers on one connection,
///   the batches of a stream may use different sessions, and the stream then fails with FailedInvocation `REFUSED`. Pages
///   by token do not have this limitation.
///
/// No thread and no client is held between batches. A cursor of the server that is not read to its end is ended when the
/// iterator goes away; the server forgets one that is not used for 10 minutes (NoResponse `CURSOR_LOST`).
public struct MongoDBStream<Item: Codable & Sendable>: AsyncSequence, Sendable {
    let engine: MongoDBEngine<Item>
    let context: Context
    let find: MongoDBFind
    let batchSize: Int

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Reads one batch after the other.
    public final class Iterator: AsyncIteratorProtocol {
        private let stream: MongoDBStream
        private var cursor: MongoDBOperations.Cursor?
        private var position = 0
        /// What a failed call was given by the server is not given again: there would be a gap.
        private var failure: (any Error)?

        init(stream: MongoDBStream) { self.stream = stream }

        deinit {
            guard let cursor, cursor.id != 0 else { return }
            let stream = stream
            Task.detached {
                try? await stream.engine.run(.empty, "end cursor") { try $0.end(cursor) }
            }
        }

        /// The next item; nil at the end.
        /// - Throws: the errors of ``MongoDBConnector``; Internal `BAD_DOCUMENT` for an item that does not fit the type;
        ///   `CancellationError`.
        public func next() async throws -> Item? {
            if let failure { throw failure }
            while true {
                if let cursor, position < cursor.documents.count {
                    position += 1
                    return try stream.engine.item(cursor.documents[position - 1], stream.context)
                }
                if let cursor, cursor.id == 0 { return nil }
                let (find, size, current) = (stream.find, stream.batchSize, cursor)
                do {
                    cursor = try await stream.engine.run(stream.context, "find") { operations in
                        if let current { return try operations.next(current, batchSize: size) }
                        let new = try operations.open(find, batchSize: size, isLimited: false)
                        // Whoever was cancelled meanwhile does not learn of the cursor.
                        if operations.session.isAbandoned { operations.kill(new) }
                        return new
                    }
                } catch {
                    failure = error
                    throw error
                }
                position = 0
            }
        }
    }
}
