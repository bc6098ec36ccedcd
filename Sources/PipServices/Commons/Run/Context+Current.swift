import ServiceContextModule

extension Context {
    /// The operation's position in a W3C trace (Trace Context); nil if no caller sent one. It is stored in
    /// ``serviceContext``.
    public var traceParent: TraceParent? {
        get { serviceContext[TraceParentKey.self] }
        set { serviceContext[TraceParentKey.self] = newValue }
    }

    /// The context of the operation that runs in this task; nil outside operations. It is for code that receives no
    /// context, such as a package that logs through swift-log. It carries the active span.
    public static var current: Context? {
        guard let serviceContext = ServiceContext.current, var context = serviceContext[ContextKey.self] else {
            return nil
        }
        context.serviceContext = serviceContext
        return context
    }

    /// Runs a part of an operation with this context as ``current`` and its spans in `ServiceContext.current`. Entry
    /// points of a service, such as endpoints, do this around each operation.
    ///
    /// - Throws: the error of `operation`.
    public func bind<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> Result
    ) async rethrows -> Result {
        try await ServiceContext.withValue(bound, operation: operation)
    }

    // MARK: - Internal

    /// The service context for a span, or for a task that continues the operation.
    var bound: ServiceContext {
        var inner = self
        // Without the previous binding: otherwise each binding would nest one level deeper.
        inner.serviceContext = .topLevel
        var bound = serviceContext
        bound[ContextKey.self] = inner
        return bound
    }

    /// Creates the toolkit's context that a service context carries, or a new one with the same spans.
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
