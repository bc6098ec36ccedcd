#if PIP_GRPC
internal import GRPCCore

/// The messages of a stream, in order, no faster than they are read: the requests of a client, or the replies of a service.
///
/// Can be iterated once. Iterating throws the error that ended the stream, as an ``ApplicationError`` at a client.
public struct GRPCMessages<Message: Sendable>: AsyncSequence, Sendable {
    /// What a message is.
    public typealias Element = Message

    private let base: RPCAsyncSequence<Message, any Error>
    private let failure: @Sendable (any Error) -> any Error

    /// Reads the messages one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RPCAsyncSequence<Message, any Error>.AsyncIterator
        fileprivate let failure: @Sendable (any Error) -> any Error

        /// The next message; nil when the stream has ended.
        public mutating func next() async throws -> Message? {
            do {
                return try await base.next()
            } catch {
                throw failure(error)
            }
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), failure: failure)
    }

    // MARK: - Internal

    init(_ base: RPCAsyncSequence<Message, any Error>, failure: @escaping @Sendable (any Error) -> any Error = { $0 }) {
        (self.base, self.failure) = (base, failure)
    }

    /// The only message of a stream.
    /// - Throws: BadRequest `BAD_MESSAGE` if there is none, or a second one.
    func single() async throws -> Message {
        var iterator = makeAsyncIterator()
        guard let message = try await iterator.next() else {
            throw ApplicationError.badRequest(code: "BAD_MESSAGE", "The call has no message; expected one")
        }
        guard try await iterator.next() == nil else {
            throw ApplicationError.badRequest(code: "BAD_MESSAGE", "The call has several messages; expected one")
        }
        return message
    }
}

/// Sends the messages of a stream, in order.
public struct GRPCWriter<Message: Sendable>: Sendable {
    private let base: RPCWriter<Message>

    /// Sends a message, and returns when the connection accepts more, so that a slow reader slows down the writer.
    /// - Throws: an error when the reader is gone; `CancellationError`.
    public func write(_ message: Message) async throws {
        // The connection does not notice a cancellation by itself, and a writer may do nothing else.
        try Task.checkCancellation()
        try await base.write(message)
    }

    // MARK: - Internal

    init(_ base: RPCWriter<Message>) { self.base = base }
}
#endif
