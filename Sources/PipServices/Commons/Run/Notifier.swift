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
