/// The components of a service by locator (the toolkit's `References`).
///
/// The newest matching component is found first, so that later components override earlier ones. A look-up never
/// creates a component. Safe to use from any task.
public final class References: Sendable {
    /// Creates the component at a locator if it has the wanted type.
    typealias Build = @Sendable (_ locator: Locator, _ isWanted: (any Component) -> Bool) -> Reference?

    private struct State: Sendable {
        var references: [Reference] = []
        var index: ReferenceIndex?
        var build: Build?
        /// The components that were looked up by hand; nil while they are not recorded.
        var lookedUp: Set<ObjectIdentifier>?
    }

    private let state: Locked<State>
    /// The commands of the components, for transports.
    let sharedCommands = SharedCommands()

    /// Creates a registry that holds the pairs, in order.
    public init(_ pairs: [(Locator, any Sendable)] = []) {
        state = Locked(State(references: pairs.map { Reference($0.0, $0.1) }))
    }

    /// Adds a component. A locator may be registered several times.
    ///
    /// In the references of an open container, this does not configure, link or open the component. Use
    /// ``Container/put(_:_:_:config:)`` for that.
    public func put(_ locator: Locator, _ component: any Sendable) {
        let reference = Reference(locator, component)
        state.withLock { state in
            state.references.append(reference)
            state.index?.append(reference)
        }
    }

    /// Removes and returns the newest component that matches.
    @discardableResult
    public func remove(_ locator: Locator) -> (any Sendable)? {
        let removed: Reference? = state.withLock { state in
            guard let index = state.references.lastIndex(where: { $0.match(locator) }) else { return nil }
            state.index = nil
            return state.references.remove(at: index)
        }
        if let removed { releaseCommands(of: [removed]) }
        return removed?.component
    }

    /// Removes and returns all components that match, newest first.
    @discardableResult
    public func removeAll(_ locator: Locator) -> [any Sendable] {
        let removed = state.withLock { state in
            let removed = state.references.filter { $0.match(locator) }
            state.references.removeAll { $0.match(locator) }
            state.index = nil
            return removed
        }
        releaseCommands(of: removed)
        return removed.reversed().map(\.component)
    }

    /// All locators, oldest first.
    public var allLocators: [Locator] { present.map(\.locator) }

    /// All components, oldest first.
    public var all: [any Sendable] { present.map(\.component) }

    /// Returns the components that match, newest first.
    /// - Throws: Internal `REF_ERROR` if one is required and there is none.
    public func find(_ locator: Locator, required: Bool) throws(ApplicationError) -> [any Sendable] {
        let found = lookUp(locator, as: (any Sendable).self)
        if found.isEmpty, required { throw .missingReference(locator) }
        return found
    }

    /// Returns the components of a type that match, newest first.
    public func getOptional<T>(_ locator: Locator, as type: T.Type = T.self) -> [T] {
        lookUp(locator, as: type)
    }

    /// Returns the components of a type that match, newest first.
    /// - Throws: Internal `REF_ERROR` if there is none.
    public func getRequired<T>(
        _ locator: Locator, as type: T.Type = T.self
    ) throws(ApplicationError) -> [T] {
        let found = lookUp(locator, as: type)
        if found.isEmpty { throw .missingReference(locator) }
        return found
    }

    /// Returns the newest component of a type that matches, or nil.
    public func getOneOptional<T>(_ locator: Locator, as type: T.Type = T.self) -> T? {
        getOptional(locator, as: type).first
    }

    /// Returns the newest component of a type that matches.
    /// - Throws: Internal `REF_ERROR` if there is none.
    public func getOneRequired<T>(
        _ locator: Locator, as type: T.Type = T.self
    ) throws(ApplicationError) -> T {
        guard let found = try getRequired(locator, as: type).first else { throw .missingReference(locator) }
        return found
    }

    // MARK: - Internal

    /// All references, oldest first.
    var present: [Reference] { state.withLock { $0.references } }

    /// Returns the references that match, newest first.
    func matches(_ locator: Locator) -> [Reference] {
        state.withLock { state in
            // For a few references a scan is faster than the index.
            guard state.references.count > 32 else {
                return state.references.reversed().filter { $0.match(locator) }
            }
            let index = state.index ?? ReferenceIndex(state.references)
            state.index = index
            return index.candidates(for: locator).map { state.references[$0] }.filter { $0.match(locator) }
        }
    }

    /// Sets the closure that creates components for slots that request it.
    func onMissing(_ build: Build?) { state.withLock { $0.build = build } }

    /// Creates a component for a slot that needs one even if the configuration lists none; nil if no factory can create
    /// it.
    func build<T>(_ locator: Locator, as type: T.Type) -> T? {
        // Outside the lock, because it registers the component here.
        guard let build = state.withLock({ $0.build }) else { return nil }
        return build(locator) { $0 is T }?.component as? T
    }

    /// Removes one component.
    func remove(identity: ObjectIdentifier) {
        state.displace { state in
            let old = state.references
            state.references.removeAll { $0.identity == identity }
            state.index = nil
            return old
        }
        sharedCommands.remove(identity)
    }

    /// Returns a copy without one component.
    func without(_ identity: ObjectIdentifier) -> References {
        let copy = References()
        let rest = present.filter { $0.identity != identity }
        copy.state.withLock { $0.references = rest }
        return copy
    }

    /// Removes everything.
    func clear() {
        state.displace { state in
            defer { state = State() }
            return state
        }
        sharedCommands.removeAll()
    }

    /// Starts recording the components that are looked up by hand.
    func noteLookUps() { state.withLock { $0.lookedUp = [] } }

    /// Returns the components looked up since ``noteLookUps()`` and stops recording.
    func takeLookUps() -> Set<ObjectIdentifier> {
        state.withLock { state in
            defer { state.lookedUp = nil }
            return state.lookedUp ?? []
        }
    }

    /// Releases the commands of components that are no longer registered under any locator.
    private func releaseCommands(of removed: [Reference]) {
        let left = Set(present.compactMap(\.identity))
        for identity in removed.compactMap(\.identity) where !left.contains(identity) {
            sharedCommands.remove(identity)
        }
    }

    private func lookUp<T>(_ locator: Locator, as type: T.Type) -> [T] {
        let found = matches(locator).compactMap { $0.component as? T }
        if state.withLock({ $0.lookedUp != nil }) {
            let identities = found.compactMap { ObjectIdentity.of($0) }
            state.withLock { $0.lookedUp?.formUnion(identities) }
        }
        return found
    }
}

extension ApplicationError {
    /// Returns the error for a required component that was not found (the toolkit's `ReferenceException`).
    public static func missingReference(_ locator: Locator) -> ApplicationError {
        .internal(
            code: "REF_ERROR", "No component matches '\(locator)'", details: ["locator": .string("\(locator)")])
    }
}
