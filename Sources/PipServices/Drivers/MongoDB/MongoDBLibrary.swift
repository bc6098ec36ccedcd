/// Creates client pools of libmongoc, if the driver is compiled in.
enum MongoDBLibrary {
    /// The version of libmongoc; nil if the driver is not compiled in.
    static var version: String? {
        #if PIP_MONGODB
        MongoDBHandle.libraryVersion
        #else
        nil
        #endif
    }

    /// True if libmongoc accepts the connection string, or is not compiled in. Does not resolve hosts.
    static func accepts(_ address: MongoDBAddress) -> Bool {
        #if PIP_MONGODB
        MongoDBHandle.accepts(uri: address.uri)
        #else
        true
        #endif
    }

    /// Creates a client pool, which connects on its own threads. May resolve host names, so do not call it on Swift's
    /// cooperative pool.
    @Sendable static func source(_ address: MongoDBAddress) throws(MongoDBFault) -> any MongoDBClientSource {
        #if PIP_MONGODB
        try MongoDBHandle(uri: address.uri, database: address.database)
        #else
        throw MongoDBFault(.refused, "the MongoDB driver is not compiled in")
        #endif
    }
}
