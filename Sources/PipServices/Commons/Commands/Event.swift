/// A named event of a component, to which listeners subscribe (the toolkit's `Event`).
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
/// An event has reference semantics: its listeners are notified whichever ``CommandSet`` holds it. Safe to use from any
/// task.
public final class Event: Notifiable {
    /// The name of the event.
    public let name: String
    private let registered = Locked<[any EventListener]>([])

    /// Creates an event without listeners.
    public init(_ name: String) { self.name = name }

    /// The listeners in the order in which they were added.
    public var listeners: [any EventListener] { registered.current }

    /// Adds a listener. A listener that is added twice is notified twice.
    public func addListener(_ listener: any EventListener) { registered.withLock { $0.append(listener) } }

    /// Removes one registration of a listener.
    public func removeListener(_ listener: any EventListener) {
        registered.withLock { listeners in
            if let index = listeners.firstIndex(where: { $0 === listener }) { listeners.remove(at: index) }
        }
    }

    /// Notifies the listeners one after another, in order. Changes to the listeners during the call have no effect on
    /// it.
    /// - Throws: the first error of a listener; the remaining listeners are not notified. An application error is
    ///   rethrown. Any other error becomes the cause of FailedInvocation `EXEC_FAILED`, whose message does not quote
    ///   it.
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
