/// A command to a database.
struct MongoDBCommand: Sendable {
    enum Kind: Sendable, Hashable {
        /// Changes nothing: sent again once if the connection fails, and to a secondary if the connection prefers those.
        case read
        /// Changes any number of documents, which no server recognises when it is repeated: sent once.
        case writeMany
        /// Anything else: sent once, to a server that can be written to.
        case plain
    }

    let kind: Kind
    let document: BSONDocument
    /// The server that has to execute it, such as the one that has the cursor; nil for any that can.
    var server: UInt32?

    init(_ kind: Kind, _ document: BSONDocument, server: UInt32? = nil) {
        (self.kind, self.document, self.server) = (kind, document, server)
    }

    /// - Throws: ``BSONFault``.
    init(_ kind: Kind, _ document: BSONValue, server: UInt32? = nil) throws(BSONFault) {
        self.init(kind, try BSONDocument(document), server: server)
    }
}

/// A document that takes the place of another one.
struct MongoDBReplacement: Sendable {
    /// Finds the document that is replaced.
    let query: BSONDocument
    let document: BSONDocument
    /// Whether the document is added if the query finds none.
    let orInsert: Bool
}

/// A change of one document that returns it.
struct MongoDBModification: Sendable {
    enum Change: Sendable {
        case remove
        /// Returns the document as it is afterwards.
        case update(BSONDocument, orInsert: Bool)
    }

    let query: BSONDocument
    let change: Change
}

/// A client of MongoDB, used by one thread at a time. Every call blocks.
protocol MongoDBClient: AnyObject {
    /// Executes a command and returns the reply.
    func run(_ command: MongoDBCommand) throws(MongoDBFault) -> BSONDocument
    // The next three are sent again once if the connection fails, where the servers recognise repeated writes.
    /// Adds documents in their order, until one fails.
    func insert(_ collection: String, _ documents: [BSONDocument]) throws(MongoDBFault)
    /// Replaces documents in their order, until one fails, and returns the reply.
    func replace(_ collection: String, _ replacements: [MongoDBReplacement]) throws(MongoDBFault) -> BSONDocument
    /// Changes a document and returns the reply with it.
    func modify(_ collection: String, _ modification: MongoDBModification) throws(MongoDBFault) -> BSONDocument
    /// The server that would execute a read or a write now.
    func selectServer(forWrites: Bool) throws(MongoDBFault) -> UInt32
    /// True if the servers have transactions.
    func hasTransactions() throws(MongoDBFault) -> Bool
    /// Begins a transaction, to which all commands belong until one of the next two.
    func beginTransaction() throws(MongoDBFault)
    /// Ends the transaction and keeps its changes.
    func commitTransaction() throws(MongoDBFault)
    /// Ends the transaction and drops its changes. Does nothing without one.
    func abortTransaction()
}

/// Where the threads of a pool get their clients from. Safe to use from any thread.
protocol MongoDBClientSource: Sendable {
    /// Does something with a client that nobody else uses meanwhile.
    func withClient<Value>(_ body: (any MongoDBClient) throws -> Value) throws -> Value
    /// Closes all connections. No client may be in use, nor be used after it.
    func close()
}
