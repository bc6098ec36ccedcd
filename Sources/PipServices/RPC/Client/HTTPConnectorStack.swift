/// Composes the connectors of a client: a deadline and a circuit breaker per address, wrapped by load balancing,
/// retries and the bulkhead.
struct HTTPConnectorStack {
    let slot: HTTPConnectorSlot
    let resilience: ResilienceSettings
    let meter: DriverMeter
    let connectTimeout: Duration
    /// Returns the transport settings for a connection.
    let transport: (ConfigParams) -> HTTPTransport

    /// Returns the addresses, each with its own settings.
    /// - Throws: as ``make(_:_:)``.
    func targets(_ context: Context, _ connections: [ConfigParams]) throws -> [TargetHTTPConnector] {
        try connections.map { connection in
            try CredentialFiles.check(context, connection)
            return try TargetHTTPConnector(
                context, connection, transport: transport(connection), base: slot.connector)
        }
    }

    /// - Parameter connections: the result of ``HTTPConnectionResolver/resolveEach(_:)``.
    /// - Throws: Misconfiguration `BAD_URI` for an unsupported URI; `READ_FAILED`, `BAD_CERTIFICATE`, `BAD_KEY_FILE` or
    ///   `NO_SSL_CRT_FILE` for the files of the credential.
    func make(
        _ context: Context, _ connections: [ConfigParams]
    ) throws -> (connector: BulkheadHTTPConnector, bulkhead: Bulkhead) {
        let clock = resilience.clockSource
        let limit = resilience.attemptTimeout
        let fairTime = min(resilience.fairTime, connectTimeout)
        let targets = try targets(context, connections).map { target in
            let bounded = DeadlineHTTPConnector(target, limit: limit, clock: clock)
            let (meter, place) = (meter, HTTPFailure.place(of: target.address))
            let breaker = resilience.makeCircuitBreaker { state in
                meter.noteBreaker(state, peer: target.peer)
                switch state {
                case .open: meter.noteLoss(of: place, "too many calls in a row failed")
                case .closed: meter.noteRecovery(of: place)
                case .halfOpen: break
                }
            }
            return BalancingHTTPConnector.Target(
                target.address,
                CircuitBreakingHTTPConnector(bounded, breaker: breaker, fairTime: fairTime, clock: clock))
        }
        let balancing = BalancingHTTPConnector(targets, clock: clock, random: resilience.randomSource)
        let retrying = RetryingHTTPConnector(
            balancing, policy: resilience.retryPolicy, clock: clock, random: resilience.randomSource,
            budget: resilience.makeRetryBudget())
        let bulkhead = resilience.makeBulkhead()
        return (BulkheadHTTPConnector(retrying, bulkhead: bulkhead), bulkhead)
    }
}
