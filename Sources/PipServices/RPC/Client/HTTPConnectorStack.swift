/// Puts together what sends the requests of a client: for each address its time limit and circuit breaker, around them
/// the choice of an address, retries and the bulkhead.
struct HTTPConnectorStack {
    let slot: HTTPConnectorSlot
    let resilience: ResilienceSettings
    let meter: DriverMeter
    let connectTimeout: Duration
    /// How connections are made, by the connection's parameters.
    let transport: (ConfigParams) -> HTTPTransport

    /// The addresses, each with its own settings.
    /// - Throws: as ``make(_:_:)``.
    func targets(_ context: Context, _ connections: [ConfigParams]) throws -> [TargetHTTPConnector] {
        try connections.map { connection in
            try CredentialFiles.check(context, connection)
            return try TargetHTTPConnector(
                context, connection, transport: transport(connection), base: slot.connector)
        }
    }

    /// - Parameter connections: as ``HTTPConnectionResolver/resolveEach(_:)`` returns them.
    /// - Throws: Misconfiguration `BAD_URI` for a URI that cannot be used as a whole; `READ_FAILED`, `BAD_CERTIFICATE`,
    ///   `BAD_KEY_FILE` and `NO_SSL_CRT_FILE` for the files of the credential.
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
