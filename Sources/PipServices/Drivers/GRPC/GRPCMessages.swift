#if PIP_GRPC
internal import GRPCCore

/// The messages of a stream in order: the requests of a client, or the replies of a service. They are received only as
/// fast as they are read.
///
/// Can be iterated once. Iterating throws the error that ended the stream; in a client it is an ``ApplicationError``.
public struct GRPCMessages<Message: Sendable>: AsyncSequence, Sendable {
    /// The type of a message.
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

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), failure: failure)
    }

    // MARK: - Internal

    init(_ base: RPCAsyncSequence<Message, any Error>, failure: @escaping @Sendable (any Error) -> any Error = { $0 }) {
        (self.base, self.failure) = (base, failure)
    }

    /// Returns the only message of a stream.
    /// - Throws: BadRequest `BAD_MESSAGE` if there is no message or more than one.
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

    /// Sends a message. Returns when the connection accepts more, so that a slow reader slows down the writer
    /// (back-pressure).
    /// - Throws: an error if the reader has disconnected; `CancellationError`.
    public func write(_ message: Message) async throws {
        // The connection does not detect a cancellation, and a writer may have no other suspension point.
        try Task.checkCancellation()
        try await base.write(message)
    }

    // MARK: - Internal

    init(_ base: RPCWriter<Message>) { self.base = base }
}
#endif
