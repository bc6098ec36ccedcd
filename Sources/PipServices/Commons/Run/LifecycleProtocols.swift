/// A component that must be opened before it is used (the toolkit's `IOpenable`).
///
/// The container opens a component after its dependencies and its child components.
public protocol Openable: Closable {
    /// True while the component is open. The default is always true.
    var isOpen: Bool { get async }
    /// Prepares the component for use. An error aborts the start of the service.
    func open(_ context: Context) async throws
}

extension Openable {
    /// True: a component that does not track its state counts as open.
    public var isOpen: Bool { true }
}

/// A component that holds resources and releases them when it is closed (the toolkit's `IClosable`).
///
/// The container closes components in the reverse order of opening.
public protocol Closable: Sendable {
    /// Releases the component's resources. Closing twice is allowed.
    func close(_ context: Context) async throws
}

/// A component whose state can be cleared (the toolkit's `ICleanable`), mostly for tests.
public protocol Cleanable: Sendable {
    /// Clears the component's state.
    func clear(_ context: Context) async throws
}

/// An operation that can be executed with arguments (the toolkit's `IExecutable`), such as the action of a ``Command``.
public protocol Executable: Sendable {
    /// Executes the operation and returns an encodable value, or nil.
    func execute(_ context: Context, _ arguments: Parameters) async throws -> Command.Result?
}

/// A receiver of notifications (the toolkit's `INotifiable`). It returns no result.
public protocol Notifiable: Sendable {
    /// Handles a notification. An error tells the sender that it was not handled.
    func notify(_ context: Context, _ arguments: Parameters) async throws
}

/// A component that receives parameters for later operations (the toolkit's `IParameterized`).
public protocol Parameterized: Sendable {
    /// Sets the parameters. They replace earlier ones. Safe to call from any task.
    func setParameters(_ parameters: Parameters)
}

/// A component through which work enters the service, such as an endpoint or the consumer of a queue.
///
/// Edges start accepting work after every component is open. At shutdown all of them drain, concurrently and within a
/// time limit, before anything closes.
public protocol Edge: Openable {
    /// Starts accepting work.
    func startAccepting(_ context: Context) async throws
    /// Stops accepting work and waits until accepted work is done. Returns early if the task is cancelled.
    func drain(_ context: Context) async
}
