/// The command sets of the components of one service, which all of its transports share.
///
/// A set is evaluated when a transport first needs it, and kept as long as its component is registered.
final class SharedCommands: Sendable {
    private final class Entry: Sendable {
        /// Retained: another object must not get its identity.
        private let component: any Commandable
        private let commands = Locked<CommandSet?>(nil)

        init(_ component: any Commandable) { self.component = component }

        /// Evaluates under the lock, so that simultaneous callers share one evaluation.
        func read() -> CommandSet {
            commands.withLock { commands in
                let read = commands ?? component.commands
                commands = read
                return read
            }
        }
    }

    private let entries = Locked<[ObjectIdentifier: Entry]>([:])

    /// The commands of a component. Those of a value that is no object are evaluated at each call.
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
