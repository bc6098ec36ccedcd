#if PIP_HTTP || PIP_GRPC
internal import NIOSSL

/// TLS settings that follow the certificate files: new connections use the newest valid files.
///
/// File contents are compared instead of modification times, which are unreliable.
final class RenewableTLS: Sendable {
    /// The interval between checks of the files.
    static let interval = Duration.seconds(5)

    /// The result of a check.
    private enum Look: Equatable, Sendable {
        case contents(HTTPServerTLS.Contents)
        case failure(String)
    }

    private struct State: Sendable {
        var loaded: HTTPServerTLS.Loaded
        var inUse: HTTPServerTLS.Contents
        /// A result that cannot be used, and whether it was logged.
        var refused: (look: Look, isLogged: Bool)?
    }

    private let files: HTTPServerTLS
    private let state: Locked<State>

    /// Reads the files.
    /// - Throws: Misconfiguration `BAD_CERTIFICATE` for unreadable files, or files that are not a certificate and its
    ///   key.
    init(_ files: HTTPServerTLS) throws(ApplicationError) {
        self.files = files
        let contents: HTTPServerTLS.Contents
        do {
            contents = try files.read()
        } catch {
            throw files.bad(error)
        }
        state = Locked(State(loaded: try files.load(contents), inUse: contents))
    }

    /// The settings for new connections.
    var context: NIOSSLContext { loaded.context }

    /// The contents of the newest valid files.
    var loaded: HTTPServerTLS.Loaded { state.withLock { $0.loaded } }

    /// Checks the files at an interval until the task is cancelled.
    func follow(clock: any ClockSource, logger: any Logger) async {
        while (try? await clock.sleep(for: Self.interval)) != nil { look(logger) }
    }

    /// Checks the files once.
    func look(_ logger: any Logger) {
        let (look, problem): (Look, ApplicationError)
        do {
            let contents = try files.read()
            guard contents != state.withLock({ $0.inUse }) else { return state.withLock { $0.refused = nil } }
            look = .contents(contents)
            guard !isLogged(look) else { return }
            do {
                let loaded = try files.load(contents)
                state.withLock { $0 = State(loaded: loaded, inUse: contents) }
                logger.info(
                    .empty, "The certificate files of the server have changed: new connections use them",
                    ["path": .string(files.certificateFile)])
                return
            } catch {
                problem = error
            }
        } catch {
            look = .failure(error.message)
            guard !isLogged(look) else { return }
            problem = files.bad(error)
        }
        // Files are replaced one by one: only a problem in two consecutive checks is an error.
        let isSettled = state.withLock { state in
            let isSettled = state.refused?.look == look
            state.refused = (look, isSettled)
            return isSettled
        }
        guard isSettled else { return }
        logger.error(.empty, error: problem, "The changed certificate files are not used; the old ones stay in use")
    }

    // MARK: - Internal

    private func isLogged(_ look: Look) -> Bool {
        state.withLock { $0.refused.map { $0.isLogged && $0.look == look } ?? false }
    }
}
#endif
