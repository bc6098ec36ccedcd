extension Cache {
    /// Returns the value of a key, and computes and stores it if there is none.
    ///
    /// ```swift
    /// let beacon = try await cache.getOrCompute(context, "beacon.1", timeout: .seconds(30), staleFor: .seconds(300)) {
    ///     try await persistence.getOneById($0, "1")
    /// }
    /// ```
    /// Of callers that ask for a key at the same time, one computes the value and the others wait for it, each until its own
    /// deadline or cancellation; the computation is cancelled when no caller waits. The time to live is shortened by up to
    /// `options.ttl_jitter` percent at random. If the cache cannot be reached, or holds something else, the value is computed.
    /// A value that is nil or `AnyValue.null` is returned and not stored, and so is one whose key was removed or replaced in
    /// this process while it was computed.
    ///
    /// - Parameters:
    ///   - timeout: how long the value is kept; nil, zero or less for the cache's own time.
    ///   - staleFor: how long after its end a value that this process has computed or read may still be returned if computing
    ///     fails; nil for never.
    ///   - compute: computes the value, in a context without a deadline.
    /// - Throws: what `compute` throws; BadRequest `CANNOT_ENCODE` if a remote cache can't write the value; NoResponse
    ///   `TIMEOUT` at the deadline of the context; NoResponse if a remote cache that does not fail open can't be reached;
    ///   `CancellationError`.
    public func getOrCompute<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type = Value.self, timeout: Duration? = nil,
        staleFor: Duration? = nil, _ compute: @escaping @Sendable (Context) async throws -> Value
    ) async throws -> Value {
        let own = timeout.flatMap { $0 > .zero ? $0 : nil } ?? entryTimeout
        do {
            if let value = try await retrieve(context, key, as: type) {
                keepStale(key, value, own, staleFor)
                return value
            }
        } catch let error as ApplicationError where error.code == "BAD_STORED_VALUE" {
            // Another one is stored in its place.
        }
        do {
            guard let engine else { return try await computed(context, key, own, staleFor, { true }, compute) }
            return try await engine.shared(context, key) { context, isCurrent in
                try await computed(context, key, own, staleFor, isCurrent, compute)
            }
        } catch  where !(error is CancellationError) {
            guard staleFor != nil, let value = engine?.staleValue(key, as: type) else { throw error }
            return value
        }
    }

    /// One minute.
    public var entryTimeout: Duration { .seconds(60) }

    /// Nil: concurrent callers compute a value each, and none is served after its end.
    public var engine: CacheEngine? { nil }

    // MARK: - Internal

    private func computed<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ timeout: Duration, _ staleFor: Duration?,
        _ isCurrent: @Sendable () -> Bool, _ compute: @Sendable (Context) async throws -> Value
    ) async throws -> Value {
        let value = try await compute(context)
        guard !StoredValue.isNull(value), isCurrent() else { return value }
        // Zero is the cache's own time, which is none then.
        try await store(context, key, value, timeout: engine?.jittered(timeout) ?? timeout)
        keepStale(key, value, timeout, staleFor)
        return value
    }

    private func keepStale(_ key: String, _ value: some Sendable, _ timeout: Duration, _ staleFor: Duration?) {
        guard let staleFor, staleFor > .zero, let engine else { return }
        engine.keepStale(key, value, for: timeout > .zero ? timeout.asSleep + staleFor.asSleep : .never)
    }
}
