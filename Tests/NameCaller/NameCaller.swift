import Glibc
import PipServices

/// Calls a host that may not be found in time, and closes the connector: to be started with a look-up of names that takes
/// for ever.
///
/// Usage: `NameCaller URL MILLISECONDS`, where the second is how long connecting may take. Prints the code of the error,
/// and after how many milliseconds it came and the connector was closed.
@main struct NameCaller {
    static func main() async throws {
        #if PIP_CURL
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let limit = Int(arguments[2]) else { exit(2) }
        let connector = CurlConnector()
        let begin = ContinuousClock.now
        var code = "none"
        do {
            let request = HTTPClientRequest(.get, arguments[1], connectTimeout: .milliseconds(limit))
            _ = try await connector.send(.empty, request)
        } catch let error as ApplicationError {
            code = error.code
        }
        let told = milliseconds(since: begin)
        try await connector.close(.empty)
        print("RESULT \(code) \(told) \(milliseconds(since: begin))")
        #else
        exit(2)
        #endif
    }

    private static func milliseconds(since begin: ContinuousClock.Instant) -> Int {
        Int((ContinuousClock.now - begin) / Duration.milliseconds(1))
    }
}
