/// Carries out what is ``Executable`` among components (the toolkit's `Executor`).
public enum Executor {
    /// Carries out one component. One that is not ``Executable`` gives nothing.
    /// - Throws: what the component throws.
    public static func executeOne(
        _ context: Context, _ component: any Sendable, _ arguments: Parameters = [:]
    ) async throws -> Command.Result? {
        try await (component as? any Executable)?.execute(context, arguments)
    }

    /// Carries out components one after the other, in order.
    /// - Returns: a result for each of them, in order; nil for one that is not ``Executable``.
    /// - Throws: what a component throws; those after it are not carried out.
    public static func execute(
        _ context: Context, _ components: [any Sendable], _ arguments: Parameters = [:]
    ) async throws -> [Command.Result?] {
        var results: [Command.Result?] = []
        for component in components { results.append(try await executeOne(context, component, arguments)) }
        return results
    }
}
