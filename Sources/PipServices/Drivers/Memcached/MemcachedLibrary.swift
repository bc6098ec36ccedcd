/// Creates libmemcached clients, if the driver is compiled in.
enum MemcachedLibrary {
    /// The version of libmemcached; nil if the driver is not compiled in.
    static var version: String? {
        #if PIP_MEMCACHED
        MemcachedHandle.libraryVersion
        #else
        nil
        #endif
    }

    /// Creates a client. It connects on first use.
    /// - Throws: `refused` if memory is exhausted or the driver is not compiled in.
    @Sendable static func client(
        _ servers: [MemcachedServer], _ view: MemcachedServers.View
    ) throws(MemcachedFault) -> any MemcachedClient {
        #if PIP_MEMCACHED
        try MemcachedHandle(servers, view)
        #else
        throw MemcachedFault(kind: .refused, reason: "the Memcached driver is not compiled in")
        #endif
    }
}
