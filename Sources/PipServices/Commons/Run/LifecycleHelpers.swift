/// Opens ``Openable`` components outside a container (the toolkit's `Opener`).
public enum Opener {
    /// Returns true if a component is open or not ``Openable``.
    public static func isOpenOne(_ component: any Sendable) async -> Bool {
        await (component as? any Openable)?.isOpen ?? true
    }

    /// Returns true if every ``Openable`` component is open.
    public static func isOpen(_ components: [any Sendable]) async -> Bool {
        for component in components where await !isOpenOne(component) { return false }
        return true
    }

    /// Opens one component. Does nothing unless it is ``Openable``.
    /// - Throws: the error of the component.
    public static func openOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Openable)?.open(context)
    }

    /// Opens components in order.
    /// - Throws: the first error of a component. Those before it stay open and must be closed by the caller; those
    ///   after it are not opened.
    public static func open(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await openOne(context, component) }
    }
}

/// Closes ``Closable`` components outside a container (the toolkit's `Closer`).
public enum Closer {
    /// Closes one component. Does nothing unless it is ``Closable``.
    /// - Throws: the error of the component.
    public static func closeOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Closable)?.close(context)
    }

    /// Closes components, last one first: the reverse of the order in which ``Opener`` opens them.
    /// - Throws: the first error of a component, after all others are closed.
    public static func close(_ context: Context, _ components: [any Sendable]) async throws {
        var failure: (any Error)?
        for component in components.reversed() {
            do {
                try await closeOne(context, component)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

/// Clears ``Cleanable`` components (the toolkit's `Cleaner`).
public enum Cleaner {
    /// Clears one component. Does nothing unless it is ``Cleanable``.
    /// - Throws: the error of the component.
    public static func clearOne(_ context: Context, _ component: any Sendable) async throws {
        try await (component as? any Cleanable)?.clear(context)
    }

    /// Clears components in order.
    /// - Throws: the first error of a component; the components after it are not cleared.
    public static func clear(_ context: Context, _ components: [any Sendable]) async throws {
        for component in components { try await clearOne(context, component) }
    }
}

/// Executes ``Executable`` components (the toolkit's `Executor`).
public enum Executor {
    /// Executes one component. Returns nil unless it is ``Executable``.
    /// - Throws: the error of the component.
    public static func executeOne(
        _ context: Context, _ component: any Sendable, _ arguments: Parameters = [:]
    ) async throws -> Command.Result? {
        try await (component as? any Executable)?.execute(context, arguments)
    }

    /// Executes components in order.
    /// - Returns: one result per component, in order; nil for a component that is not ``Executable``.
    /// - Throws: the first error of a component; the components after it are not executed.
    public static func execute(
        _ context: Context, _ components: [any Sendable], _ arguments: Parameters = [:]
    ) async throws -> [Command.Result?] {
        var results: [Command.Result?] = []
        for component in components { results.append(try await executeOne(context, component, arguments)) }
        return results
    }
}

/// Notifies ``Notifiable`` components (the toolkit's `Notifier`).
public enum Notifier {
    /// Notifies one component. Does nothing unless it is ``Notifiable``.
    /// - Throws: the error of the component.
    public static func notifyOne(
        _ context: Context, _ component: any Sendable, _ arguments: Parameters = [:]
    ) async throws {
        try await (component as? any Notifiable)?.notify(context, arguments)
    }

    /// Notifies components in order.
    /// - Throws: the first error of a component; the components after it are not notified.
    public static func notify(
        _ context: Context, _ components: [any Sendable], _ arguments: Parameters = [:]
    ) async throws {
        for component in components { try await notifyOne(context, component, arguments) }
    }
}
