/// The command sets of a service's components, shared by all transports.
///
/// A set is evaluated on first use and cached while its component is registered.
final class SharedCommands: Sendable {
    private final class Entry: Sendable {
        /// Retained, so that no other object can reuse its identity.
        private let component: any Commandable
        private let commands = Locked<CommandSet?>(nil)

        init(_ component: any Commandable) { self.component = component }

        /// Evaluates under the lock, so that concurrent callers share one evaluation.
        func read() -> CommandSet {
            commands.withLock { commands in
                let read = commands ?? component.commands
                commands = read
                return read
            }
        }
    }

    private let entries = Locked<[ObjectIdentifier: Entry]>([:])

    /// Returns the commands of a component. The commands of a value type are evaluated at each call.
    func commands(of component: any Commandable) -> CommandSet {
        guard let identity = ObjectIdentity.of(component) else { return component.commands }
        let entry = entries.withLock { entries in
            let entry = entries[identity] ?? Entry(component)
            entries[identity] = entry
            return entry
        }
        return entry.read()
    }

    /// Releases a component and its commands.
    func remove(_ identity: ObjectIdentifier) { entries.displace { $0.removeValue(forKey: identity) } }

    /// Releases all components and their commands.
    func removeAll() {
        entries.displace { entries in
            defer { entries = [:] }
            return entries
        }
    }
}
