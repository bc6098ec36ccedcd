#if PIP_CURL
/// The trusted certificates of the files named in requests. A changed file is read again, so that new connections use
/// it without a restart.
///
/// libcurl receives the contents instead of the path, because it would cache a path for a day. It also separates
/// connections and TLS sessions by these contents.
final class CurlAuthorities: Sendable {
    /// The minimum time between two checks of a file.
    static let interval = Duration.seconds(1)

    private struct File: Sendable {
        var inUse: [UInt8]
        var lookedAt: Duration
        /// The logged reason for not using the current file.
        var refusal: String?
    }

    /// The maximum number of cached files, in case a program keeps naming new ones.
    private static let capacity = 1000

    private let files = Locked<[ScalarText: File]>([:])
    private let clock: any ClockSource
    private let logger: any Logger

    init(clock: any ClockSource, logger: any Logger) {
        self.clock = clock
        self.logger = logger
    }

    /// Returns the certificates in a file, or the previous ones if the file is no longer valid; nil if it never was.
    func certificates(in path: String) -> [UInt8]? {
        let key = ScalarText(path)
        let known = files.withLock { $0[key] }
        let now = clock.uptime
        if let known, now - known.lookedAt < Self.interval { return known.inUse }
        guard var file = known else {
            guard case .success(let bytes) = Self.read(path) else { return nil }
            files.withLock { files in
                if files.count >= Self.capacity { files = [:] }
                files[key] = File(inUse: bytes, lookedAt: now)
            }
            return bytes
        }
        file.lookedAt = now
        switch Self.read(path) {
        case .success(let bytes):
            if bytes != file.inUse {
                logger.info(
                    .empty, "The file of trusted certificates has changed: new connections use it",
                    ["path": .string(path)])
            }
            (file.inUse, file.refusal) = (bytes, nil)
        case .failure(let error):
            if error.message != file.refusal {
                logger.error(
                    .empty, error: error,
                    "The changed file of trusted certificates is not used; the old one stays in use",
                    ["path": .string(path)])
            }
            file.refusal = error.message
        }
        let looked = file
        files.withLock { $0[key] = looked }
        return looked.inUse
    }

    // MARK: - Internal

    private static func read(_ path: String) -> Result<[UInt8], ApplicationError> {
        do throws(ApplicationError) {
            return .success(try CredentialFiles.checkCertificates(path, key: "credential.ssl_ca_file"))
        } catch {
            return .failure(error)
        }
    }
}
#endif
