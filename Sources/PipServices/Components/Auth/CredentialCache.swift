#if PIP_AWS || PIP_AZURE
import FoundationEssentials

/// Credentials that may expire.
protocol ExpiringCredentials: Sendable, Equatable {
    /// What they are called in log messages.
    static var title: String { get }
    /// When they expire; nil for permanent ones.
    var expiration: Date? { get }
}

/// Keeps credentials, and renews temporary ones before they expire.
///
/// One task loads at a time, for all callers. If renewing fails, the old ones are used as long as nothing else is there.
final class CredentialCache<Credentials: ExpiringCredentials>: Sendable {
    private struct State: Sendable {
        var credentials: Credentials?
        /// The reading of the clock before which a renewal is not tried.
        var nextRenewal = Duration.zero
        var loading: Task<Result<Credentials, any Error>, Never>?
    }

    /// How long before the end of their time credentials are renewed.
    static var margin: TimeInterval { 300 }
    /// Below this, callers wait for the renewal.
    private static var waitingMargin: TimeInterval { 60 }
    /// How long to wait after a renewal that failed or brought nothing new.
    private static var interval: Duration { .seconds(60) }

    private let state = Locked(State())
    private let clock: any ClockSource
    private let logger: any Logger
    private let load: @Sendable (Context) async throws -> Credentials

    init(
        clock: any ClockSource, logger: any Logger, load: @escaping @Sendable (Context) async throws -> Credentials
    ) {
        self.clock = clock
        self.logger = logger
        self.load = load
    }

    /// The credentials to sign with.
    /// - Throws: what loading throws, if there are none yet.
    func current(_ context: Context) async throws -> Credentials {
        let (known, left, isDue) = state.withLock { state -> (Credentials?, TimeInterval, Bool) in
            guard let known = state.credentials else { return (nil, 0, true) }
            let left = known.expiration.map { $0.timeIntervalSince(clock.now) } ?? .infinity
            return (known, left, left < Self.margin && clock.uptime >= state.nextRenewal)
        }
        if let known, !isDue { return known }
        let loading = startLoading(context)
        if let known, left > Self.waitingMargin { return known }
        guard let result = await sharedValue(of: loading) else { throw CancellationError() }
        switch (result, known) {
        case (.success(let loaded), _): return loaded
        // The server decides whether they are still good.
        case (.failure, let known?): return known
        case (.failure(let error), nil): throw error
        }
    }

    /// Drops credentials that the server has refused, so that the next request loads others.
    func invalidate(_ refused: Credentials) {
        state.withLock { state in
            if state.credentials == refused { state.credentials = nil }
        }
    }

    // MARK: - Internal

    private func startLoading(_ context: Context) -> Task<Result<Credentials, any Error>, Never> {
        state.withLock { state in
            if let loading = state.loading { return loading }
            // The deadline of the caller that comes first is not that of the others.
            let context = Context(traceId: context.traceId)
            let task = Task.detached { [self] in await loadOnce(context) }
            state.loading = task
            return task
        }
    }

    private func loadOnce(_ context: Context) async -> Result<Credentials, any Error> {
        let result: Result<Credentials, any Error>
        do { result = .success(try await load(context)) } catch { result = .failure(error) }
        let hadSome = state.withLock { state in
            state.loading = nil
            state.nextRenewal = clock.uptime + Self.interval
            let hadSome = state.credentials != nil
            if case .success(let loaded) = result { state.credentials = loaded }
            return hadSome
        }
        if case .failure(let error) = result, hadSome {
            logger.warn(
                context, "\(Credentials.title) can't be renewed now, and the present ones stay in use: \(error)")
        }
        return result
    }
}
#endif
