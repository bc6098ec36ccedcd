/// A database command.
struct MongoDBCommand: Sendable {
    enum Kind: Sendable, Hashable {
        /// A read: retried once if the connection fails; sent to a secondary if the connection prefers those.
        case read
        /// A write of any number of documents, for which servers have no retryable writes: sent once.
        case writeMany
        /// Any other command: sent once, to a writable server.
        case plain
    }

    let kind: Kind
    let document: BSONDocument
    /// The server that must execute it, for example the owner of a cursor; nil for any suitable one.
    var server: UInt32?

    init(_ kind: Kind, _ document: BSONDocument, server: UInt32? = nil) {
        (self.kind, self.document, self.server) = (kind, document, server)
    }

    /// - Throws: ``BSONFault``.
    init(_ kind: Kind, _ document: BSONValue, server: UInt32? = nil) throws(BSONFault) {
        self.init(kind, try BSONDocument(document), server: server)
    }
}

/// The replacement of a document.
struct MongoDBReplacement: Sendable {
    /// The query for the document to replace.
    let query: BSONDocument
    let document: BSONDocument
    /// True to insert the document if the query matches none.
    let orInsert: Bool
}

/// An atomic change of one document that returns it.
struct MongoDBModification: Sendable {
    enum Change: Sendable {
        case remove
        /// Returns the document after the change.
        case update(BSONDocument, orInsert: Bool)
    }

    let query: BSONDocument
    let change: Change
}

/// A MongoDB client for one thread at a time. Every call blocks.
protocol MongoDBClient: AnyObject {
    /// Executes a command and returns the reply.
    func run(_ command: MongoDBCommand) throws(MongoDBFault) -> BSONDocument
    // The next three are retried once if the connection fails and the servers support retryable writes.
    /// Inserts documents in order, until one fails.
    func insert(_ collection: String, _ documents: [BSONDocument]) throws(MongoDBFault)
    /// Replaces documents in order, until one fails, and returns the reply.
    func replace(_ collection: String, _ replacements: [MongoDBReplacement]) throws(MongoDBFault) -> BSONDocument
    /// Changes a document and returns the reply, which contains it.
    func modify(_ collection: String, _ modification: MongoDBModification) throws(MongoDBFault) -> BSONDocument
    /// The server that would currently execute a read or a write.
    func selectServer(forWrites: Bool) throws(MongoDBFault) -> UInt32
    /// True if the servers support transactions.
    func hasTransactions() throws(MongoDBFault) -> Bool
    /// Starts a transaction. All commands belong to it until one of the next two calls.
    func beginTransaction() throws(MongoDBFault)
    /// Commits the transaction.
    func commitTransaction() throws(MongoDBFault)
    /// Aborts the transaction. Does nothing without one.
    func abortTransaction()
}

/// Provides clients for the threads of a pool. Safe to use from any thread.
protocol MongoDBClientSource: Sendable {
    /// Calls `body` with a client for exclusive use.
    func withClient<Value>(_ body: (any MongoDBClient) throws -> Value) throws -> Value
    /// Closes all connections. No client may be in use then or later.
    func close()
}
