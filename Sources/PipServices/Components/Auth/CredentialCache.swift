#if PIP_AWS || PIP_AZURE
import FoundationEssentials

/// Credentials that may expire.
protocol ExpiringCredentials: Sendable, Equatable {
    /// The name in log messages.
    static var title: String { get }
    /// When they expire; nil for permanent ones.
    var expiration: Date? { get }
}

/// Caches credentials, and renews temporary ones before they expire.
///
/// Only one task loads at a time, for all callers. If renewing fails, the old credentials stay in use.
final class CredentialCache<Credentials: ExpiringCredentials>: Sendable {
    private struct State: Sendable {
        var credentials: Credentials?
        /// The earliest time of the next renewal.
        var nextRenewal = Duration.zero
        var loading: Task<Result<Credentials, any Error>, Never>?
    }

    /// The time before the expiration at which credentials are renewed.
    static var margin: TimeInterval { 300 }
    /// The remaining time below which callers wait for the renewal.
    private static var waitingMargin: TimeInterval { 60 }
    /// The delay after a renewal that failed or returned the same credentials.
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

    /// Returns the credentials for signing.
    /// - Throws: the errors of loading, if there are no credentials yet.
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
        // The server decides whether they are still valid.
        case (.failure, let known?): return known
        case (.failure(let error), nil): throw error
        }
    }

    /// Drops credentials that the server has rejected, so that the next request loads new ones.
    func invalidate(_ refused: Credentials) {
        state.withLock { state in
            if state.credentials == refused { state.credentials = nil }
        }
    }

    // MARK: - Internal

    private func startLoading(_ context: Context) -> Task<Result<Credentials, any Error>, Never> {
        state.withLock { state in
            if let loading = state.loading { return loading }
            // Without a deadline, because that of the first caller does not apply to the others.
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
