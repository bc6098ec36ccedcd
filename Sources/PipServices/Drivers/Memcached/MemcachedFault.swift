/// The reason for a failed operation.
struct MemcachedFault: Error, Hashable {
    enum Kind: Hashable, CaseIterable {
        /// The connection failed. Whether the server executed the operation is unknown.
        case connectionFailed
        /// The reply did not come in time. Whether the server executed the operation is unknown.
        case timedOut
        /// The deadline passed between two requests, or before the server had its usual time to reply. The server is
        /// not at fault.
        case abandoned
        /// The server is known to be down; nothing was sent.
        case serverDown
        /// The server replied with an error.
        case refused
        case tooLarge
        case notANumber
        case outOfRange
    }

    let kind: Kind
    let reason: String
    /// The index of the server in the configuration; nil if unknown.
    var server: Int?

    /// True if no reply can be outstanding, so that the client's connections can be reused.
    var leavesClientUsable: Bool {
        switch kind {
        case .serverDown, .notANumber, .outOfRange: true
        case .connectionFailed, .timedOut, .abandoned, .refused, .tooLarge: false
        }
    }

    /// The error for the caller of an operation.
    func error(_ operation: MemcachedOperation, _ servers: [MemcachedServer]) -> ApplicationError {
        let address =
            server.flatMap { servers.indices.contains($0) ? servers[$0].description : nil }
            ?? servers.map(\.description).joined(separator: ", ")
        let traceId = operation.context.traceId
        var details: AnyValueMap = ["server": .string(address), "operation": .string(operation.name)]
        if let key = operation.key { details["key"] = .string(key) }
        let what = "'\(operation.name)'" + (operation.key.map { " of '\($0)'" } ?? "")
        func connection(_ code: String, _ message: String) -> ApplicationError {
            .connection(code: code, message, traceId: traceId, details: details)
        }
        // These reach callers of the service, which must not see server addresses.
        func badRequest(_ code: String, _ message: String) -> ApplicationError {
            details["server"] = nil
            return .badRequest(code: code, message, traceId: traceId, details: details)
        }
        switch kind {
        case .connectionFailed:
            return connection("CONNECTION_FAILED", "\(what) failed at memcached \(address): \(reason)")
        case .timedOut, .abandoned:
            return connection("TIMEOUT", "\(what) received no reply in time from memcached \(address)")
        case .serverDown:
            return connection("SERVER_DOWN", "\(what) was not sent to memcached \(address): \(reason)")
        case .tooLarge:
            return badRequest("VALUE_TOO_LARGE", "\(what) has a value that is too large for memcached")
        case .notANumber: return badRequest("NOT_A_NUMBER", "\(what) requires a whole number, but the value is none")
        case .outOfRange: return badRequest("OUT_OF_RANGE", "\(what) exceeds 64 bits")
        case .refused:
            return .invocation(
                code: "REFUSED", "\(what) was refused by memcached \(address): \(reason)", traceId: traceId,
                details: details)
        }
    }
}
