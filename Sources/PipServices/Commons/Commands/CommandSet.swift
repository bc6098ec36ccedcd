/// The commands and events of a component (the toolkit's `CommandSet`).
///
/// ```swift
/// CommandSet {
///     Command("greet") { (context, arguments: Greet) in "Hello, \(arguments.name)!" }
///     created                    // an Event
///     CommonCommands.commands    // another set
/// }
/// ```
/// A command set is a value: a copy has its own commands and interceptors, but shares the events and their listeners.
public struct CommandSet: Sendable {
    /// The commands without interceptors, in the order in which they were added.
    public private(set) var commands: [Command] = []
    /// The events in the order in which they were added.
    public private(set) var events: [Event] = []
    private var interceptors: [any CommandInterceptor] = []
    private var byName: [ScalarText: Command] = [:]

    /// Creates an empty set.
    public init() {}

    /// Creates a set from commands, events and other sets. If several commands have the same name, the last one wins.
    public init(@CommandBuilder _ parts: () -> CommandSet) { self = parts() }

    /// Adds a command. It replaces a command with the same name.
    public mutating func addCommand(_ command: Command) { addCommands([command]) }

    /// Adds commands.
    public mutating func addCommands(_ commands: [Command]) {
        for command in commands {
            self.commands.removeAll { $0.name.isSame(as: command.name) }
            self.commands.append(command)
        }
        rebuild()
    }

    /// Adds an event. It replaces an event with the same name.
    public mutating func addEvent(_ event: Event) { addEvents([event]) }

    /// Adds events.
    public mutating func addEvents(_ events: [Event]) {
        for event in events {
            self.events.removeAll { $0.name.isSame(as: event.name) }
            self.events.append(event)
        }
    }

    /// Adds the commands of another set, without its interceptors, and its events with their listeners.
    public mutating func addCommandSet(_ other: CommandSet) {
        addCommands(other.commands)
        addEvents(other.events)
    }

    /// Adds an interceptor around all commands. The first one added is the outermost.
    public mutating func addInterceptor(_ interceptor: any CommandInterceptor) {
        interceptors.append(interceptor)
        rebuild()
    }

    /// Adds a listener to all current events of the set.
    public func addListener(_ listener: any EventListener) {
        for event in events { event.addListener(listener) }
    }

    /// Removes a listener from all events.
    public func removeListener(_ listener: any EventListener) {
        for event in events { event.removeListener(listener) }
    }

    /// Returns the event with a name (case-sensitive), or nil.
    public func findEvent(_ name: String) -> Event? { events.first { $0.name.isSame(as: name) } }

    /// Notifies the listeners of an event. Does nothing if no event has that name.
    /// - Throws: as ``Event/notify(_:_:)``.
    public func notify(_ context: Context, _ event: String, _ arguments: Parameters) async throws {
        try await findEvent(event)?.notify(context, arguments)
    }

    /// Returns the command with a name (case-sensitive), with its interceptors, or nil.
    public func findCommand(_ name: String) -> Command? { byName[ScalarText(name)] }

    /// The commands with their interceptors, as transports expose them.
    public var interceptedCommands: [Command] { commands.map(intercepted) }

    /// Validates the arguments and runs a command through its interceptors.
    /// - Throws: BadRequest `CMD_NOT_FOUND` for an unknown name; otherwise as ``Command/execute(_:_:)``.
    public func execute(
        _ context: Context, _ name: String, _ arguments: Parameters
    ) async throws -> Command.Result? {
        guard let command = findCommand(name) else { throw unknown(name, context) }
        return try await command.execute(context, arguments)
    }

    /// Validates the arguments of a command and returns the findings; `CMD_NOT_FOUND` for an unknown name.
    public func validate(_ name: String, _ arguments: Parameters) -> [ValidationResult] {
        findCommand(name)?.validate(arguments) ?? [
            .error(
                "", "CMD_NOT_FOUND", "Requested command does not exist", expected: .null, actual: .string(name))
        ]
    }

    // MARK: - Internal

    /// Returns the error for an unknown command name. It suggests the nearest name.
    func unknown(_ name: String, _ context: Context) -> ApplicationError {
        .badRequest(
            code: "CMD_NOT_FOUND",
            "Requested command '\(name)' does not exist"
                + NearestName.hint(for: name, among: byName.keys.sorted().map(\.text)),
            traceId: context.traceId, details: ["command": .string(name)])
    }

    private func intercepted(_ command: Command) -> Command {
        interceptors.reversed().reduce(command) { $0.intercepted(by: $1) }
    }

    private mutating func rebuild() {
        byName = Dictionary(interceptedCommands.map { (ScalarText($0.name), $0) }, uniquingKeysWith: { $1 })
    }
}
