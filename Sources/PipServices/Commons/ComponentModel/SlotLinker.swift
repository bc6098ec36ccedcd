/// Looks up the service's components for the slots of one component.
struct SlotLinker: Sendable {
    let references: References
    let config: ScopedConfig
    /// The component that is being linked. It never depends on itself.
    let owner: any Component

    /// Returns the locators to try for a dependency: those of `dependencies.<name>`, or else the declared ones.
    func locators(_ name: String, _ aliases: [String], _ locators: [Locator]) -> [Locator] {
        guard let found = redirect(name, aliases) else { return locators }
        return [Locator(found.text)]
    }

    /// Returns true if the configuration names the component.
    func isRedirected(_ name: String, _ aliases: [String]) -> Bool { redirect(name, aliases) != nil }

    /// Returns the newest component that matches one of the locators, tried in order, and is a `T`.
    func first<T>(_ name: String, _ aliases: [String], _ locators: [Locator], as type: T.Type) -> T? {
        for locator in self.locators(name, aliases, locators) {
            for reference in references.matches(locator) where !isOwner(reference) {
                if let component = reference.component as? T { return component }
            }
        }
        return nil
    }

    /// True if the owner's section configures a connection.
    var hasConnection: Bool {
        ["connection", "connections"].contains { name in
            config.section(name).contains { $0.value?.isEmpty == false } || config.value([name]) != nil
        }
    }

    /// Returns true if the service still has a component.
    func contains(_ component: Any) -> Bool {
        guard let identity = ObjectIdentity.of(component) else { return false }
        return references.present.contains { $0.identity == identity }
    }

    /// Returns a warning if the locator that `first` used matches several components.
    func ambiguity<T>(_ name: String, _ aliases: [String], _ locators: [Locator], as type: T.Type) -> [ConfigProblem] {
        for locator in self.locators(name, aliases, locators) {
            let matches = references.matches(locator)
            // Usually one: no ambiguity.
            guard matches.count > 1 else {
                if matches.isEmpty { continue }
                return []
            }
            var fitting = matches.filter { !isOwner($0) && $0.component is T }
            guard !fitting.isEmpty else { continue }
            let newest = fitting.removeFirst()
            fitting.removeAll { $0.identity == newest.identity }
            guard !fitting.isEmpty else { return [] }
            let others = fitting.map { "'\($0.locator)'" }.joined(separator: ", ")
            return [
                ConfigProblem(
                    .warning, code: "AMBIGUOUS",
                    "\(config.component): dependency '\(name)' uses '\(newest.locator)', the last in the "
                        + "configuration, but '\(locator)' also matches \(others); choose one "
                        + "with 'dependencies.\(name)'", component: config.component,
                    key: config.key("dependencies.\(name)"))
            ]
        }
        return []
    }

    /// Returns all components that match one of the locators and are a `T`, oldest first.
    func all<T>(_ name: String, _ locators: [Locator], as type: T.Type) -> [T] {
        var found: [T] = []
        var seen: Set<ObjectIdentifier> = []
        for locator in self.locators(name, [], locators) {
            for reference in references.matches(locator).reversed() where !isOwner(reference) {
                guard let component = reference.component as? T else { continue }
                if let identity = reference.identity, !seen.insert(identity).inserted { continue }
                found.append(component)
            }
        }
        return found
    }

    /// Returns an error for an optional dependency that the configuration names and that was not found. `none` names no
    /// component.
    func missingIfNamed(
        _ name: String, _ declaration: @autoclosure () -> DependencyDeclaration
    ) -> ConfigProblem? {
        guard let named = redirect(name, []), Locator(named.text) != "none" else { return nil }
        return missing(declaration())
    }

    /// Returns the error for a dependency that was not found. It lists the locators and the matches of the wrong type.
    func missing(_ declaration: DependencyDeclaration) -> ConfigProblem {
        let locators = locators(declaration.name, declaration.aliases, declaration.locators)
        let misfits = locators.flatMap { references.matches($0) }.filter { !isOwner($0) }
        let looked = locators.map { "'\($0)'" }.joined(separator: " or ")
        var message = "\(config.component): dependency '\(declaration.name)' is not resolved: "
        if locators == ["none"] {
            message += "name the component in 'dependencies.\(declaration.name)'"
        } else if misfits.isEmpty {
            message += "no component matches \(looked)"
            if let nearest = nearest(to: locators) { message += "; the nearest is '\(nearest)'" }
            message += creatable(locators)
        } else {
            let names = misfits.map { "'\($0.locator)' (\(type(of: $0.component)))" }.joined(separator: ", ")
            message += "\(looked) matches \(names), which is not a \(declaration.type)"
        }
        for case .name(let text) in locators where text.contains(scalar: ":") {
            message += "; '\(text)' does not have the five parts of a descriptor, group:type:kind:name:version"
        }
        var problem = ConfigProblem(
            .error, code: "REF_ERROR", message, component: config.component,
            key: redirect(declaration.name, declaration.aliases)?.key
                ?? config.key("dependencies.\(declaration.name)"))
        problem.missing = locators
        return problem
    }

    // MARK: - Internal

    private func redirect(_ name: String, _ aliases: [String]) -> FoundSetting? {
        config.value(DependencyDeclaration.keys([name] + aliases))
    }

    private func isOwner(_ reference: Reference) -> Bool { reference.identity == ObjectIdentifier(owner) }

    /// Returns components that the executable can create but the configuration does not list.
    private func creatable(_ locators: [Locator]) -> String {
        let factories = references.present.compactMap { $0.component as? any ComponentFactory }
        let known = factories.flatMap(\.locators).filter { locator in locators.contains { locator.match($0) } }
        guard !known.isEmpty else { return "" }
        let names = known.prefix(3).map { "'\($0)'" }.joined(separator: " or ")
        return "; add one to the configuration, such as \(names)"
    }

    private func nearest(to locators: [Locator]) -> Locator? {
        let others = references.present.filter { !isOwner($0) }.map(\.locator)
        return locators.lazy.compactMap { NearestName.find($0, among: others) }.first
    }
}
