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
