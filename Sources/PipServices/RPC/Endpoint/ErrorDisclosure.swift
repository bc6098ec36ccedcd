/// What callers learn of an error, over any transport.
///
/// They learn what an ``ApplicationError`` states, without its cause. An error of another type, that of a file with its path,
/// and the failure of a service that this one calls, can contain internals such as addresses and paths. The caller then gets
/// an id (`details.error_id`), and the log has the error with this id.
struct ErrorDisclosure {
    /// What is sent.
    let error: any Error
    /// The id under which the error is in the log; nil if the caller learns the error itself.
    let id: String?

    /// - Parameter exposingCauses: true to send everything: for development only.
    init(_ error: any Error, exposingCauses: Bool, _ random: RandomSlot) {
        var known = error as? ApplicationError
        let status = known.flatMap(Self.upstreamStatus)
        if let status { known?.status = status }
        // Those of the toolkit name the path in their message too.
        let isFile = known?.category == .fileError && known?.details["path"] != nil
        if exposingCauses || known != nil && status == nil && !isFile {
            self.error = known ?? error
            id = nil
            return
        }
        let id = IdGenerator.nextShort(random())
        let neutral =
            known.map {
                ApplicationError(
                    $0.category, code: $0.code,
                    isFile
                        ? "A file of the service can't be used"
                        : "A service that this one needs does not respond as expected",
                    status: $0.status)
            } ?? ApplicationError(.unknown, code: "UNKNOWN", "An internal error occurred", status: 500)
        self.error = neutral.withDetails("error_id", .string(id))
        self.id = id
    }

    // MARK: - Internal

    /// The status for the failure of a call to another service, as gateways answer it; nil for any other error.
    private static func upstreamStatus(_ error: ApplicationError) -> Int? {
        guard error.category == .noResponse else { return nil }
        return switch error.code {
        case HTTPFailure.cannotConnect, HTTPFailure.circuitOpen, HTTPFailure.queueFull: 503
        // The drivers' codes for the same.
        case "NO_CONNECTION", "SERVER_DOWN", "NO_SERVER", "NOT_PRIMARY", "CONNECT_FAILED", "READONLY", "MASTERDOWN",
            "LOADING":
            503
        case HTTPFailure.timeout, HTTPFailure.connectTimeout, "NO_ANSWER": 504
        case "CONNECTION_FAILED", "CONNECTION_REFUSED", "ACCESS_DENIED", "BAD_ANSWER", "CURSOR_LOST", "UNAVAILABLE": 502
        case HTTPFailure.tlsFailed, HTTPFailure.connectionLost, HTTPFailure.badResponse, HTTPFailure.responseTooLarge:
            502
        default: nil
        }
    }
}
