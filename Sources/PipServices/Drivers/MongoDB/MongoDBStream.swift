/// Items of a collection that are read in batches, on demand.
///
/// Each batch is a call of its own, with the time limit of a call: it asks for what comes behind the last item. Between
/// batches, no thread, client or cursor is held, so a stream may be read slowly or left early. An item that is added
/// meanwhile is seen if it comes behind the last one; one that moves there is seen twice.
public struct MongoDBStream<Item: Codable & Sendable>: AsyncSequence, Sendable {
    let engine: MongoDBEngine<Item>
    let context: Context
    let filter: BSONValue
    let sort: MongoDBSort
    let batchSize: Int

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Reads one batch after the other.
    public final class Iterator: AsyncIteratorProtocol {
        private let stream: MongoDBStream
        private var documents: [BSONDocument] = []
        private var position = 0
        private var isLastBatch = false

        init(stream: MongoDBStream) { self.stream = stream }

        /// The next item; nil at the end.
        ///
        /// After an error, the next call goes on where this one failed: it asks for the same batch again, or skips the item
        /// that does not fit.
        /// - Throws: the errors of ``MongoDBConnector``; Internal `BAD_DOCUMENT` for an item that does not fit the type;
        ///   Unsupported `UNSUPPORTED_SORT`, behind the first batch, for an order by a field that is a list;
        ///   `CancellationError`.
        public func next() async throws -> Item? {
            if position == documents.count, !isLastBatch {
                let next = try await stream.engine.batch(stream, behind: documents)
                (documents, position, isLastBatch) = (next, 0, next.count < stream.batchSize)
            }
            guard position < documents.count else { return nil }
            position += 1
            return try stream.engine.item(documents[position - 1], stream.context)
        }
    }
}
