/// What a dependency slot is linked with: the service's components, as one component sees them.
struct SlotLinker: Sendable {
    let references: References
    let config: ScopedConfig
    /// The component that links, which never depends on itself.
    let owner: any Component

    /// The locators to try for a dependency: what `dependencies.<name>` says, else the declared ones.
    func locators(_ name: String, _ aliases: [String], _ locators: [Locator]) -> [Locator] {
        guard let found = redirect(name, aliases) else { return locators }
        return [Locator(found.text)]
    }

    /// True when the configuration says which component it is.
    func isRedirected(_ name: String, _ aliases: [String]) -> Bool { redirect(name, aliases) != nil }

    /// The newest component that matches one of the locators, in their order, and is a `T`.
    func first<T>(_ name: String, _ aliases: [String], _ locators: [Locator], as type: T.Type) -> T? {
        for locator in self.locators(name, aliases, locators) {
            for reference in references.matches(locator) where !isOwner(reference) {
                if let component = reference.component as? T { return component }
            }
        }
        return nil
    }

    /// True if the owner's section says what to connect with.
    var hasConnection: Bool {
        ["connection", "connections"].contains { name in
            config.section(name).contains { $0.value?.isEmpty == false } || config.value([name]) != nil
        }
    }

    /// True if a component is still among those of the service.
    func contains(_ component: Any) -> Bool {
        guard let identity = ObjectIdentity.of(component) else { return false }
        return references.present.contains { $0.identity == identity }
    }

    /// Warns when the locator by which `first` was found fits several components.
    func ambiguity<T>(_ name: String, _ aliases: [String], _ locators: [Locator], as type: T.Type) -> [ConfigProblem] {
        for locator in self.locators(name, aliases, locators) {
            let matches = references.matches(locator)
            // Nearly always one, and then there is nothing to ask.
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
                    "\(config.component): dependency '\(name)' takes '\(newest.locator)', the last in the "
                        + "configuration, but '\(locator)' also matches \(others); say in 'dependencies.\(name)' which "
                        + "one it is", component: config.component, key: config.key("dependencies.\(name)"))
            ]
        }
        return []
    }

    /// All components that match one of the locators and are a `T`, oldest first.
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

    /// An error for a dependency that is not required and was not found, if the configuration names it. `none` names no
    /// component.
    func missingIfNamed(_ declaration: DependencyDeclaration) -> ConfigProblem? {
        let named = redirect(declaration.name, declaration.aliases)
        return named.flatMap { Locator($0.text) == "none" ? nil : missing(declaration) }
    }

    /// Says that a dependency was not found: what was looked for, and what matched but has the wrong type.
    func missing(_ declaration: DependencyDeclaration) -> ConfigProblem {
        let locators = locators(declaration.name, declaration.aliases, declaration.locators)
        let misfits = locators.flatMap { references.matches($0) }.filter { !isOwner($0) }
        let looked = locators.map { "'\($0)'" }.joined(separator: " or ")
        var message = "\(config.component): dependency '\(declaration.name)' is not resolved: "
        if locators == ["none"] {
            message += "say in 'dependencies.\(declaration.name)' which component it is"
        } else if misfits.isEmpty {
            message += "no component matches \(looked)"
            if let nearest = nearest(to: locators) { message += "; the nearest is '\(nearest)'" }
            message += creatable(locators)
        } else {
            let names = misfits.map { "'\($0.locator)' (\(type(of: $0.component)))" }.joined(separator: ", ")
            message += "\(looked) matches \(names), which is no \(declaration.type)"
        }
        for case .name(let text) in locators where text.contains(scalar: ":") {
            message += "; '\(text)' has not the five parts of a descriptor, group:type:kind:name:version"
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

    /// What the executable can create and the configuration does not list.
    private func creatable(_ locators: [Locator]) -> String {
        let factories = references.present.compactMap { $0.component as? any ComponentFactory }
        let known = factories.flatMap(\.locators).filter { locator in locators.contains { locator.match($0) } }
        guard !known.isEmpty else { return "" }
        let names = known.prefix(3).map { "'\($0)'" }.joined(separator: " or ")
        return "; add one to the configuration, such as \(names)"
    }

    private func nearest(to locators: [Locator]) -> Locator? {
        let others = references.present.filter { !isOwner($0) }.map(\.locator)
        return locators.lazy.compactMap { Spelling.nearest(to: $0, among: others) }.first
    }
}
