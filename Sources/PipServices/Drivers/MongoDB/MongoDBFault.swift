/// The reason for a failed call to MongoDB.
struct MongoDBFault: Error, Hashable {
    enum Kind: Hashable, CaseIterable {
        /// The connection failed. Whether the server executed the command is unknown.
        case connectionFailed
        /// No reply arrived in time. Whether the server executed the command is unknown.
        case timedOut
        /// No server is reachable, or there is currently no primary. Nothing was sent.
        case noServer
        /// The server refuses the login, or the user lacks the permission.
        case accessDenied
        /// The server is no longer the primary.
        case notPrimary
        /// A unique value exists already.
        case duplicateKey
        case documentTooLarge
        /// The server rejects the query as invalid.
        case badQuery
        /// Concurrent changes conflicted too often.
        case writeConflict
        case noTransactions
        /// The cursor is lost. Servers close cursors that are idle for 10 minutes.
        case cursorLost
        /// The server's reply is damaged.
        case badReply
        case refused
        /// The caller stopped waiting.
        case abandoned
    }

    let kind: Kind
    let reason: String
    /// The server's code; 0 for none.
    var code = 0
    /// True if the failed transaction may be retried.
    var isTransient = false

    init(_ kind: Kind, _ reason: String, code: Int = 0, isTransient: Bool = false) {
        (self.kind, self.reason, self.code, self.isTransient) = (kind, reason, code, isTransient)
    }

    /// The fault for a server error code.
    init(code: Int, _ reason: String, isTransient: Bool = false) {
        let kind: Kind =
            switch code {
            case 11000, 11001, 12582: .duplicateKey
            case 10107, 13435, 11602, 13436, 189, 91, 11600, 10058: .notPrimary
            case 13, 18, 8000, 334: .accessDenied
            // 64: executed, but not confirmed by enough servers in time.
            case 50, 262, 24, 64: .timedOut
            case 10334, 17280, 17419, 17420: .documentTooLarge
            case 112, 251, 225: .writeConflict
            case 43, 237: .cursorLost
            case 6, 7, 89, 9001: .connectionFailed
            case 2, 9, 14, 15, 16, 17, 27, 28, 40, 51, 52, 55, 56, 57, 72, 73, 115, 168, 241, 292: .badQuery
            case 20 where reason.contains(text: "Transaction numbers"), 263: .noTransactions
            default: .refused
            }
        self.init(kind, reason, code: code, isTransient: isTransient)
    }

    /// True if the peer could not be reached, or was lost.
    var isLoss: Bool {
        switch kind {
        case .connectionFailed, .noServer, .notPrimary: true
        default: false
        }
    }

    /// The error for the caller of an operation.
    /// - Parameters:
    ///   - place: the servers, without secrets.
    ///   - operation: a description such as `insert into 'beacons'`.
    func error(_ context: Context, _ operation: String, _ place: String) -> ApplicationError {
        var details: AnyValueMap = ["operation": .string(operation)]
        if code != 0 { details["server_code"] = .integer(Int64(code)) }
        let (what, traceId) = ("'\(operation)'", context.traceId)
        let reason = reason.shortened
        // The others reach callers of the service, which must not see server addresses.
        func connection(_ code: String, _ text: String) -> ApplicationError {
            .connection(code: code, "\(what) at MongoDB \(place) \(text)", traceId: traceId, details: details)
                .withDetails("server", .string(place))
        }
        switch kind {
        case .connectionFailed: return connection("CONNECTION_FAILED", "failed: \(reason)")
        case .timedOut: return connection("TIMEOUT", "received no reply in time: \(reason)")
        case .noServer: return connection("NO_SERVER", "was not sent: \(reason)")
        case .accessDenied: return connection("ACCESS_DENIED", "was refused: \(reason)")
        case .notPrimary: return connection("NOT_PRIMARY", "reached no primary: \(reason)")
        case .cursorLost: return connection("CURSOR_LOST", "cannot be continued: \(reason)")
        case .abandoned: return connection("TIMEOUT", "was abandoned: \(reason)")
        case .duplicateKey:
            return .conflict(
                code: "ALREADY_EXISTS", "\(what): a value that must be unique exists already", traceId: traceId,
                details: details)
        case .documentTooLarge:
            return .badRequest(
                code: "DOCUMENT_TOO_LARGE",
                "\(what): a document is too large; expected at most \(BSONLimits.documentSize) bytes", traceId: traceId,
                details: details)
        case .badQuery:
            return .badRequest(
                code: "BAD_QUERY", "\(what) was not understood: \(reason)", traceId: traceId, details: details)
        case .writeConflict:
            return .conflict(
                code: "WRITE_CONFLICT", "\(what) was overtaken by other changes; try again", traceId: traceId,
                details: details)
        case .noTransactions:
            return .unsupported(
                code: "NO_TRANSACTIONS",
                "\(what) needs a transaction, which a single server does not have; expected a replica set or a sharded "
                    + "cluster", traceId: traceId, details: details)
        case .badReply:
            return .invocation(
                code: "BAD_REPLY", "\(what) received a damaged reply: \(reason)", traceId: traceId, details: details)
        case .refused:
            return .invocation(
                code: "REFUSED", "\(what) was refused: \(reason)", traceId: traceId, details: details)
        }
    }
}
