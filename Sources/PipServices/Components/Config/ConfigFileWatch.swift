/// Polls a configuration file and its secrets, and reports new versions.
///
/// It reads the whole file at each poll: configurations are small, and modification times detect changes late or not at
/// all. A file that is not regular, such as a pipe, is not polled, because it can be read only once.
final class ConfigFileWatch: Sendable {
    /// The callbacks of a watch. `read` reads the files; `changed` applies a new version, and throws if it is invalid;
    /// `refused` receives that error, and the error of a file that can't be read.
    struct Handler: Sendable {
        let read: @Sendable () throws(ApplicationError) -> ConfigSource
        let changed: @Sendable (ConfigSource) async throws -> Void
        let refused: @Sendable (any Error) async -> Void
    }

    private let path: String
    private let versions: Locked<ConfigVersions>
    private let handler: Handler
    private let task = Locked<Task<Void, Never>?>(nil)

    /// Creates a watch without starting it. `source` is the current version; nil means the current content of the file.
    init(path: String, source: ConfigSource?, _ handler: Handler) {
        self.path = path
        self.handler = handler
        versions = Locked(ConfigVersions(source.map { .source($0) } ?? Self.look(path, handler)?.0 ?? .failure("")))
    }

    deinit { stop() }

    /// Starts polling at an interval. Zero or a negative interval pauses polling until it changes.
    func start(clock: any ClockSource, interval: @escaping @Sendable () -> Duration) {
        task.withLock { task in
            guard task == nil else { return }
            task = Task { [weak self] in
                while true {
                    let interval = interval()
                    do {
                        try await clock.sleep(for: interval > .zero ? interval : .seconds(5))
                    } catch {
                        return
                    }
                    guard let self else { return }
                    if interval > .zero { await look() }
                }
            }
        }
    }

    /// Stops polling.
    func stop() {
        task.withLock { task in
            task?.cancel()
            task = nil
        }
    }

    /// Polls once.
    func look() async {
        guard let (look, error) = Self.look(path, handler) else { return }
        guard versions.withLock({ $0.note(look) }) else { return }
        do {
            guard case .source(let source) = look else { throw error ?? .unknown(code: "READ_FAILED", "") }
            try await handler.changed(source)
            versions.withLock { $0.accept(look) }
        } catch {
            versions.withLock { $0.refuse(look) }
            await handler.refused(error)
        }
    }

    // MARK: - Internal

    /// Returns the content of the file; nil if it is not a regular file.
    private static func look(_ path: String, _ handler: Handler) -> (ConfigVersions.Look, ApplicationError?)? {
        guard ConfigText.isRereadable(path) else { return nil }
        do throws(ApplicationError) {
            return (.source(try handler.read()), nil)
        } catch {
            return (.failure(error.message), error)
        }
    }
}
