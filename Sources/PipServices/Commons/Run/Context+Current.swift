import ServiceContextModule

extension Context {
    /// Where the operation stands in a trace of the W3C's Trace Context; nil when nobody told. It stands in
    /// ``serviceContext``.
    public var traceParent: TraceParent? {
        get { serviceContext[TraceParentKey.self] }
        set { serviceContext[TraceParentKey.self] = newValue }
    }

    /// The context of the operation that runs in this task, for code that is not given one, such as a package that logs
    /// by swift-log; nil outside of operations. It carries the span that is active.
    public static var current: Context? {
        guard let serviceContext = ServiceContext.current, var context = serviceContext[ContextKey.self] else {
            return nil
        }
        context.serviceContext = serviceContext
        return context
    }

    /// Runs a part of an operation with this context as ``current``, and with its spans as those of
    /// `ServiceContext.current`. What enters a service, such as an endpoint, does it around each operation.
    ///
    /// - Throws: what `operation` throws.
    public func bind<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> Result
    ) async rethrows -> Result {
        try await ServiceContext.withValue(bound, operation: operation)
    }

    // MARK: - Internal

    /// The context of a span, or of a task that goes on with the operation.
    var bound: ServiceContext {
        var inner = self
        // Without itself inside: else each time it is bound would add a level.
        inner.serviceContext = .topLevel
        var bound = serviceContext
        bound[ContextKey.self] = inner
        return bound
    }

    /// The toolkit's context in one of distributed tracing; one with the same spans when there is none.
    init(bound: ServiceContext) {
        self = bound[ContextKey.self] ?? Context()
        serviceContext = bound
    }
}

private enum TraceParentKey: ServiceContextKey {
    typealias Value = TraceParent
    static var nameOverride: String? { "traceparent" }
}

private enum ContextKey: ServiceContextKey {
    typealias Value = Context
    static var nameOverride: String? { "pip-services" }
}
