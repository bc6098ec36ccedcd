/// The settings that protect a component from a system that it calls: retries, timeouts, circuit breaker and bulkhead.
///
/// Use it as a child component: `let resilience = ResilienceSettings()`. Its keys are in the section `options` of its
/// owner.
public final class ResilienceSettings: Component {
    private let timeoutSetting: Setting<Duration>
    private let attemptTimeoutSetting = Setting<Duration?>(
        "options.attempt_timeout", default: nil, in: Duration.zero...,
        "The timeout of one attempt, in ms; by default and for 0 that of the call")
    private let retriesSetting: Setting<Int>
    private let delay = Setting(
        "options.retry_delay", default: Duration.milliseconds(100), in: Duration.zero...,
        "The back-off before the first retry, in ms; 0 for none")
    private let maxDelay = Setting(
        "options.retry_max_delay", default: Duration.seconds(2), in: Duration.zero...,
        "The maximum back-off before a retry, in ms; 0 for none")
    private let budget = Setting(
        "options.retry_budget", default: 20, in: 0...,
        "The maximum number of retries per 100 calls, in addition to one per second; 0 for no limit")
    private let breakerFailures = Setting(
        "options.circuit_failures", default: 5, in: 0...,
        "The number of consecutive failures that open the circuit breaker, which then rejects calls; 0 for never")
    private let breakerPause = Setting(
        "options.circuit_pause", default: Duration.seconds(5), in: Duration.zero...,
        "How long the circuit breaker stays open before a trial call, in ms; 0 to try with the next call")
    private let fairTimeSetting = Setting(
        "options.circuit_fair_time", default: Duration.seconds(1), in: Duration.zero...,
        "A call without a reply counts as a failure only after this time, in ms, or when attempt_timeout or timeout "
            + "has expired; 0: always")
    private let maxCalls = Setting(
        "options.max_calls", default: 0, in: 0..., "The maximum number of calls in flight; 0 for no limit")
    private let maxWaiting = Setting(
        "options.max_waiting", default: 1000, in: 0...,
        "The maximum number of calls that wait for those in flight; 0 for no limit")
    private let clock = ClockSlot()
    private let random = RandomSlot()

    /// Creates the settings with their defaults.
    /// - Parameter retriesAliases: other keys for the number of retries.
    public init(timeout: Duration = .seconds(10), retries: Int = 3, retriesAliases: [String] = []) {
        timeoutSetting = Setting(
            "options.timeout", default: timeout, in: Duration.zero...,
            "The timeout of a call with all its retries, in ms; 0 for no limit")
        retriesSetting = Setting(
            "options.retries", aliases: retriesAliases, default: retries, in: 0...,
            "The maximum number of retries of a call that may be repeated; 0 for none")
    }

    /// The timeout of a call with all its retries; nil for no limit.
    public var timeout: Duration? { Self.limit(timeoutSetting()) }

    /// The timeout of one attempt; nil for that of the call.
    public var attemptTimeout: Duration? { attemptTimeoutSetting().flatMap(Self.limit) }

    /// The policy for retrying failed calls.
    public var retryPolicy: RetryPolicy {
        RetryPolicy(retries: retriesSetting(), delay: delay(), maxDelay: maxDelay())
    }

    /// Creates the configured budget for the retries of all calls.
    public func makeRetryBudget() -> RetryBudget { RetryBudget(percent: budget(), clock: clock) }

    /// The minimum time that a peer must have for a call before a missing reply counts as its failure.
    public var fairTime: Duration {
        [attemptTimeout, timeout].compactMap(\.self).reduce(fairTimeSetting()) { min($0, $1) }
    }

    /// Creates the configured circuit breaker.
    /// - Parameter onChange: called with each new state. It must not block.
    public func makeCircuitBreaker(
        onChange: (@Sendable (CircuitBreaker.State) -> Void)? = nil
    ) -> CircuitBreaker {
        CircuitBreaker(failures: breakerFailures(), pause: breakerPause(), clock: clock, onChange: onChange)
    }

    /// Creates the configured bulkhead.
    public func makeBulkhead() -> Bulkhead {
        Bulkhead(limit: maxCalls(), maxWaiting: maxWaiting() > 0 ? maxWaiting() : .max, clock: clock)
    }

    /// The clock for the limits.
    public var clockSource: any ClockSource { clock }

    /// The random source for the jitter.
    public var randomSource: any RandomSource { random }

    // MARK: - Internal

    private static func limit(_ duration: Duration) -> Duration? { duration > .zero ? duration : nil }
}
