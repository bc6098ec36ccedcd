/// What callers receive of an error, over any transport.
///
/// Callers receive an ``ApplicationError`` without its cause. Other errors, file errors and failures of downstream
/// services can contain internals such as addresses and paths. In these cases the caller receives an id
/// (`details.error_id`), and the error is logged with this id.
struct ErrorDisclosure {
    /// The error to send.
    let error: any Error
    /// The id of the error in the log; nil if the error itself is sent.
    let id: String?

    /// - Parameter exposingCauses: true to send everything. For development only.
    init(_ error: any Error, exposingCauses: Bool, _ random: RandomSlot) {
        var known = error as? ApplicationError
        let status = known.flatMap(Self.upstreamStatus)
        if let status { known?.status = status }
        // Their messages contain the path too.
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

    /// The gateway status for a failed call to another service; nil for any other error.
    private static func upstreamStatus(_ error: ApplicationError) -> Int? {
        guard error.category == .noResponse else { return nil }
        return switch error.code {
        case HTTPFailure.cannotConnect, HTTPFailure.circuitOpen, HTTPFailure.queueFull: 503
        // The corresponding codes of drivers.
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
