/// Notifies what is ``Notifiable`` among components (the toolkit's `Notifier`).
public enum Notifier {
    /// Notifies one component. One that is not ``Notifiable`` is passed over.
    /// - Throws: what the component throws.
    public static func notifyOne(
        _ context: Context, _ component: any Sendable, _ arguments: Parameters = [:]
    ) async throws {
        try await (component as? any Notifiable)?.notify(context, arguments)
    }

    /// Notifies components one after the other, in order.
    /// - Throws: what a component throws; those after it are not notified.
    public static func notify(
        _ context: Context, _ components: [any Sendable], _ arguments: Parameters = [:]
    ) async throws {
        for component in components { try await notifyOne(context, component, arguments) }
    }
}
