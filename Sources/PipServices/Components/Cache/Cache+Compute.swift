extension Cache {
    /// Returns the value of a key. If there is none, computes and stores it.
    ///
    /// ```swift
    /// let beacon = try await cache.getOrCompute(context, "beacon.1", timeout: .seconds(30), staleFor: .seconds(300)) {
    ///     try await persistence.getOneById($0, "1")
    /// }
    /// ```
    /// Concurrent calls for a key are merged (single-flight): one caller computes the value, and the others wait for it
    /// until their own deadline or cancellation. The computation is cancelled when no caller waits. The time to live is
    /// shortened by a random part of up to `options.ttl_jitter` percent. If the cache can't be reached or holds a value
    /// of another type, the value is computed. A result of nil or `AnyValue.null` is returned but not stored. A value
    /// is not stored either if its key is removed or replaced in this process during the computation.
    ///
    /// - Parameters:
    ///   - timeout: the time to live; nil, zero or less for the cache's default.
    ///   - staleFor: how long after it expires a value that this process has computed or read may be returned if
    ///     computing fails; nil for never.
    ///   - compute: computes the value, in a context without a deadline.
    /// - Throws: the error of `compute`; BadRequest `CANNOT_ENCODE` if a remote cache can't encode the value;
    ///   NoResponse `TIMEOUT` at the deadline of the context; NoResponse if a remote cache that does not fail open
    ///   can't be reached; `CancellationError`.
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
            // Another value is stored instead.
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

    /// Nil: concurrent callers each compute the value, and no stale values are returned.
    public var engine: CacheEngine? { nil }

    // MARK: - Internal

    private func computed<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ timeout: Duration, _ staleFor: Duration?,
        _ isCurrent: @Sendable () -> Bool, _ compute: @Sendable (Context) async throws -> Value
    ) async throws -> Value {
        let value = try await compute(context)
        guard !StoredValue.isNull(value), isCurrent() else { return value }
        // Zero means the cache's default, which is then no limit.
        try await store(context, key, value, timeout: engine?.jittered(timeout) ?? timeout)
        keepStale(key, value, timeout, staleFor)
        return value
    }

    private func keepStale(_ key: String, _ value: some Sendable, _ timeout: Duration, _ staleFor: Duration?) {
        guard let staleFor, staleFor > .zero, let engine else { return }
        engine.keepStale(key, value, for: timeout > .zero ? timeout.asSleep + staleFor.asSleep : .never)
    }
}
