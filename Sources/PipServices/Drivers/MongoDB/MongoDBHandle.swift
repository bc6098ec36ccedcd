#if PIP_MONGODB
internal import CMongoc

/// The libmongoc client pool. The only file of the driver that calls the C library and uses raw pointers.
///
/// A `bson_t` is allocated with its C alignment, which Swift's import of the type lacks.
final class MongoDBHandle: MongoDBClientSource {
    /// The version of libmongoc.
    static var libraryVersion: String { String(cString: mongoc_get_version()) }

    /// The address of the client pool; 0 after closing. The pool is safe to use from any thread.
    private let pool: Locked<UInt>
    private let database: String

    /// Once per process. Disables the library's output to standard error.
    private static let library: Void = {
        mongoc_init()
        mongoc_log_set_handler(nil, nil)
    }()

    /// - Parameter uri: the connection string, with secrets.
    /// - Throws: ``MongoDBFault`` `refused` if the library rejects it, without secrets.
    init(uri: String, database: String) throws(MongoDBFault) {
        _ = Self.library
        self.database = database
        var error = bson_error_t()
        guard let parsed = mongoc_uri_new_with_error(uri, &error) else {
            throw MongoDBFault(.refused, "it is not a MongoDB URI")
        }
        defer { mongoc_uri_destroy(parsed) }
        guard let pool = mongoc_client_pool_new_with_error(parsed, &error) else {
            throw MongoDBFault(.refused, Self.message(error))
        }
        mongoc_client_pool_set_error_api(pool, 2)
        self.pool = Locked(UInt(bitPattern: pool))
    }

    deinit { close() }

    /// True if the library accepts a connection string. Does not resolve hosts.
    static func accepts(uri: String) -> Bool {
        _ = library
        var error = bson_error_t()
        guard let parsed = mongoc_uri_new_with_error(uri, &error) else { return false }
        mongoc_uri_destroy(parsed)
        return true
    }

    func close() {
        let address = pool.withLock { pool in
            defer { pool = 0 }
            return pool
        }
        if let pool = OpaquePointer(bitPattern: address) { mongoc_client_pool_destroy(pool) }
    }

    func withClient<Value>(_ body: (any MongoDBClient) throws -> Value) throws -> Value {
        guard let pool = OpaquePointer(bitPattern: pool.current), let client = mongoc_client_pool_pop(pool) else {
            throw MongoDBFault(.noServer, "the connection is closed, or no client became free")
        }
        defer { withExtendedLifetime(self) { mongoc_client_pool_push(pool, client) } }
        let handle = Client(client, database)
        // The session, if any, ends before the client is returned.
        defer {
            handle.abortTransaction()
            handle.endCursorSession()
        }
        return try body(handle)
    }

    static func message(_ error: bson_error_t) -> String {
        var message = error.message
        return withUnsafeBytes(of: &message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private final class Client: MongoDBClient {
        private let client: OpaquePointer
        private let database: String
        private var session: OpaquePointer?
        /// The server continues a cursor only in the session that opened it.
        private var cursorSession: OpaquePointer?

        init(_ client: OpaquePointer, _ database: String) { (self.client, self.database) = (client, database) }

        func run(_ command: MongoDBCommand) throws(MongoDBFault) -> BSONDocument {
            var error = bson_error_t()
            let document = try Self.owned(command.document)
            defer { bson_destroy(document) }
            guard let options = bson_new() else { throw Self.outOfMemory }
            defer { bson_destroy(options) }
            if session == nil, cursorSession == nil, command.server != nil {
                // Without a session, on a server without sessions, nothing is appended.
                cursorSession = mongoc_client_start_session(client, nil, nil)
            }
            if let session = session ?? (command.server == nil ? nil : cursorSession),
                !mongoc_client_session_append(session, options, &error)
            {
                throw Self.fault(error, nil)
            }
            if let server = command.server {
                bson_append_int32(options, "serverId", -1, Int32(truncatingIfNeeded: server))
            }
            if command.kind == .writeMany, session == nil, let concern = mongoc_client_get_write_concern(client) {
                let copy = mongoc_write_concern_copy(concern)
                defer { mongoc_write_concern_destroy(copy) }
                if mongoc_write_concern_is_acknowledged(copy) { _ = mongoc_write_concern_append(copy, options) }
            }
            let reply = Reply()
            let isDone =
                switch command.kind {
                case .read:
                    mongoc_client_read_command_with_opts(
                        client, database, document, nil, options, reply.bson, &error)
                case .writeMany, .plain:
                    mongoc_client_command_with_opts(client, database, document, nil, options, reply.bson, &error)
                }
            reply.isFilled = true
            guard isDone else { throw Self.fault(error, reply) }
            return reply.document
        }

        func insert(_ collection: String, _ documents: [BSONDocument]) throws(MongoDBFault) {
            try withCollection(collection) { collection, options throws(MongoDBFault) in
                bson_append_bool(options, "validate", -1, false)
                var pointers: [OpaquePointer?] = []
                defer { for pointer in pointers { bson_destroy(pointer) } }
                for document in documents { pointers.append(try Self.owned(document)) }
                var error = bson_error_t()
                let reply = Reply()
                let isDone = mongoc_collection_insert_many(
                    collection, &pointers, pointers.count, options, reply.bson, &error)
                reply.isFilled = true
                guard isDone else { throw Self.fault(error, reply) }
            }
        }

        func replace(
            _ collection: String, _ replacements: [MongoDBReplacement]
        ) throws(MongoDBFault) -> BSONDocument {
            try withCollection(collection) { collection, options throws(MongoDBFault) in
                var error = bson_error_t()
                let bulk = mongoc_collection_create_bulk_operation_with_opts(collection, options)
                defer { mongoc_bulk_operation_destroy(bulk) }
                for replacement in replacements {
                    let (query, document) = (try Self.owned(replacement.query), try Self.owned(replacement.document))
                    let options = bson_new()
                    defer { for bson in [query, document, options] { bson_destroy(bson) } }
                    bson_append_bool(options, "upsert", -1, replacement.orInsert)
                    bson_append_bool(options, "validate", -1, false)
                    guard mongoc_bulk_operation_replace_one_with_opts(bulk, query, document, options, &error) else {
                        throw Self.fault(error, nil)
                    }
                }
                let reply = Reply()
                let server = mongoc_bulk_operation_execute(bulk, reply.bson, &error)
                reply.isFilled = true
                guard server != 0 else { throw Self.fault(error, reply) }
                return reply.document
            }
        }

        func modify(
            _ collection: String, _ modification: MongoDBModification
        ) throws(MongoDBFault) -> BSONDocument {
            try withCollection(collection) { collection, options throws(MongoDBFault) in
                var error = bson_error_t()
                guard let settings = mongoc_find_and_modify_opts_new() else { throw Self.outOfMemory }
                defer { mongoc_find_and_modify_opts_destroy(settings) }
                _ = mongoc_find_and_modify_opts_append(settings, options)
                switch modification.change {
                case .remove: _ = mongoc_find_and_modify_opts_set_flags(settings, MONGOC_FIND_AND_MODIFY_REMOVE)
                case .update(let document, let orInsert):
                    let update = try Self.owned(document)
                    defer { bson_destroy(update) }
                    _ = mongoc_find_and_modify_opts_set_update(settings, update)
                    let flags =
                        MONGOC_FIND_AND_MODIFY_RETURN_NEW.rawValue
                        | (orInsert ? MONGOC_FIND_AND_MODIFY_UPSERT.rawValue : 0)
                    _ = mongoc_find_and_modify_opts_set_flags(settings, mongoc_find_and_modify_flags_t(flags))
                }
                let query = try Self.owned(modification.query)
                defer { bson_destroy(query) }
                let reply = Reply()
                let isDone = mongoc_collection_find_and_modify_with_opts(
                    collection, query, settings, reply.bson, &error)
                reply.isFilled = true
                guard isDone else { throw Self.fault(error, reply) }
                return reply.document
            }
        }

        func selectServer(forWrites: Bool) throws(MongoDBFault) -> UInt32 {
            try withServer(forWrites: forWrites) { mongoc_server_description_id($0) }
        }

        func hasTransactions() throws(MongoDBFault) -> Bool {
            try withServer(forWrites: true) { server in
                let type = String(cString: mongoc_server_description_type(server))
                return type == "RSPrimary" || type == "Mongos" || type == "LoadBalancer"
            }
        }

        func beginTransaction() throws(MongoDBFault) {
            var error = bson_error_t()
            abortTransaction()
            guard let session = mongoc_client_start_session(client, nil, &error) else { throw Self.fault(error, nil) }
            guard let settings = mongoc_transaction_opts_new(), let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
            else { throw Self.outOfMemory }
            defer {
                mongoc_read_prefs_destroy(primary)
                mongoc_transaction_opts_destroy(settings)
            }
            // Regardless of the read preference: a transaction uses only the primary.
            mongoc_transaction_opts_set_read_prefs(settings, primary)
            guard mongoc_client_session_start_transaction(session, settings, &error) else {
                mongoc_client_session_destroy(session)
                throw Self.fault(error, nil)
            }
            self.session = session
        }

        func commitTransaction() throws(MongoDBFault) {
            guard let session else { return }
            var error = bson_error_t()
            let reply = Reply()
            let isDone = mongoc_client_session_commit_transaction(session, reply.bson, &error)
            reply.isFilled = true
            guard isDone else { throw Self.fault(error, reply) }
            endSession()
        }

        func endCursorSession() {
            if let cursorSession { mongoc_client_session_destroy(cursorSession) }
            cursorSession = nil
        }

        func abortTransaction() {
            guard let session else { return }
            if mongoc_client_session_in_transaction(session) {
                _ = mongoc_client_session_abort_transaction(session, nil)
            }
            endSession()
        }

        // MARK: - Internal

        private func endSession() {
            if let session { mongoc_client_session_destroy(session) }
            session = nil
        }

        /// Calls `body` with a collection, and with options that include the transaction.
        private func withCollection<Value>(
            _ name: String, _ body: (OpaquePointer, OpaquePointer) throws(MongoDBFault) -> Value
        ) throws(MongoDBFault) -> Value {
            guard let collection = mongoc_client_get_collection(client, database, name), let options = bson_new() else {
                throw Self.outOfMemory
            }
            defer {
                bson_destroy(options)
                mongoc_collection_destroy(collection)
            }
            var error = bson_error_t()
            if let session, !mongoc_client_session_append(session, options, &error) { throw Self.fault(error, nil) }
            return try body(collection, options)
        }

        private func withServer<Value>(
            forWrites: Bool, _ body: (OpaquePointer) -> Value
        ) throws(MongoDBFault) -> Value {
            var error = bson_error_t()
            // Without a read preference, the library selects the primary, regardless of the configuration.
            let preference = forWrites ? nil : mongoc_client_get_read_prefs(client)
            guard let server = mongoc_client_select_server(client, forWrites, preference, &error) else {
                throw Self.fault(error, nil)
            }
            defer { mongoc_server_description_destroy(server) }
            return body(server)
        }

        /// A copy owned by C.
        private static func owned(_ document: BSONDocument) throws(MongoDBFault) -> OpaquePointer {
            let copy = document.bytes.withUnsafeBufferPointer { bson_new_from_data($0.baseAddress, $0.count) }
            guard let copy else { throw MongoDBFault(.documentTooLarge, "a command of \(document.bytes.count) bytes") }
            return copy
        }

        private static let outOfMemory = MongoDBFault(.refused, "there is not enough memory")

        private static func fault(_ error: bson_error_t, _ reply: Reply?) -> MongoDBFault {
            let (code, message) = (Int(error.code), MongoDBHandle.message(error))
            let isTransient = reply?.hasLabel("TransientTransactionError") ?? false
            switch error.domain {
            case MONGOC_ERROR_SERVER_SELECTION.rawValue:
                return MongoDBFault(.noServer, message, isTransient: isTransient)
            case MONGOC_ERROR_STREAM.rawValue:
                return MongoDBFault(.connectionFailed, message, isTransient: isTransient)
            case MONGOC_ERROR_CLIENT.rawValue where error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue:
                return MongoDBFault(.accessDenied, message)
            case MONGOC_ERROR_SERVER.rawValue, MONGOC_ERROR_WRITE_CONCERN.rawValue:
                return MongoDBFault(code: code, message, isTransient: isTransient)
            case MONGOC_ERROR_PROTOCOL.rawValue: return MongoDBFault(.connectionFailed, message)
            case MONGOC_ERROR_BSON.rawValue: return MongoDBFault(.badQuery, message)
            case MONGOC_ERROR_TRANSACTION.rawValue: return MongoDBFault(.noTransactions, message)
            default: return MongoDBFault(.refused, message, code: code, isTransient: isTransient)
            }
        }
    }

    /// A reply that the library fills in.
    private final class Reply {
        private let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        var bson: OpaquePointer { OpaquePointer(memory) }
        /// True after a call filled it in; it is empty before.
        var isFilled = false

        deinit {
            if isFilled { bson_destroy(bson) }
            memory.deallocate()
        }

        /// A copy of the bytes.
        var document: BSONDocument {
            withExtendedLifetime(self) {
                guard let data = bson_get_data(bson) else { return [:] }
                // A document starts with its length.
                let bytes = UnsafeBufferPointer(start: data, count: 4)
                let count = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
                return BSONDocument(bytes: Array(UnsafeBufferPointer(start: data, count: count)))
            }
        }

        func hasLabel(_ label: String) -> Bool {
            withExtendedLifetime(self) { isFilled && mongoc_error_has_label(bson, label) }
        }
    }
}
#endif
