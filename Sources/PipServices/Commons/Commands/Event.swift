/// A named event of a component, which others listen to (the toolkit's `Event`).
///
/// ```swift
/// let created = Event("created")
/// var commands: CommandSet {
///     CommandSet {
///         Command("create") { context, arguments in ... try await created.notify(context, arguments) }
///         created
///     }
/// }
/// ```
/// An event is shared, not copied: whoever listens to it, by way of whichever ``CommandSet`` holds it, is notified.
/// Safe to use from any task.
public final class Event: Notifiable {
    /// The name it is found by.
    public let name: String
    private let registered = Locked<[any EventListener]>([])

    /// Creates an event that nobody listens to.
    public init(_ name: String) { self.name = name }

    /// Who listens, in the order in which they were added.
    public var listeners: [any EventListener] { registered.current }

    /// Adds a listener. One that is added twice is notified twice.
    public func addListener(_ listener: any EventListener) { registered.withLock { $0.append(listener) } }

    /// Removes a listener; one that was added twice stays once.
    public func removeListener(_ listener: any EventListener) {
        registered.withLock { listeners in
            if let index = listeners.firstIndex(where: { $0 === listener }) { listeners.remove(at: index) }
        }
    }

    /// Notifies the listeners, one after the other, in order. Those that are added or removed meanwhile do not count.
    /// - Throws: when a listener throws, and those after it are not notified: an application error as it is; any other
    ///   error as the cause of a FailedInvocation `EXEC_FAILED`, whose message does not quote it.
    public func notify(_ context: Context, _ arguments: Parameters) async throws {
        for listener in registered.current {
            do {
                try await listener.onEvent(context, self, arguments)
            } catch {
                throw failure(error, context)
            }
        }
    }

    // MARK: - Internal

    private func failure(_ error: any Error, _ context: Context) -> any Error {
        if error is CancellationError { return error }
        return ApplicationError.invocation(
            code: "EXEC_FAILED", "Raising event \(name) failed",
            traceId: context.traceId, details: ["event": .string(name)]
        ).wrap(error)
    }
}
