/// Items of a collection, read in batches on demand.
///
/// Each batch is a separate call with its own time limit, which continues after the last item. Between batches, no
/// thread, client or cursor is in use, so a stream can be read slowly or abandoned. Items added during iteration are
/// returned if they sort after the last item; an item that moves there is returned twice.
public struct MongoDBStream<Item: Codable & Sendable>: AsyncSequence, Sendable {
    let engine: MongoDBEngine<Item>
    let context: Context
    let filter: BSONValue
    let sort: MongoDBSort
    let batchSize: Int

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    /// Reads batch by batch.
    public final class Iterator: AsyncIteratorProtocol {
        private let stream: MongoDBStream
        private var documents: [BSONDocument] = []
        private var position = 0
        private var isLastBatch = false

        init(stream: MongoDBStream) { self.stream = stream }

        /// Returns the next item; nil at the end.
        ///
        /// After an error, the next call continues there: it requests the same batch again, or skips the item that
        /// could not be decoded.
        /// - Throws: the errors of ``MongoDBConnector``; Internal `BAD_DOCUMENT` for an item that does not match the
        ///   type; Unsupported `UNSUPPORTED_SORT`, after the first batch, for sorting by a list field;
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
