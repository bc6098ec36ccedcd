/// What a dependency slot is linked with: the service's components, as one component sees them.
struct SlotLinker: Sendable {
    let references: References
    let config: ScopedConfig
    /// The component that links, which never depends on itself.
    let owner: any Component

    /// The locators to try for a dependency: what `dependencies.<name>` says, else the declared ones.
    func locators(of declaration: DependencyDeclaration) -> [Locator] {
        guard let (_, text) = config.value(declaration.keys) else { return declaration.locators }
        return [Locator(text)]
    }

    /// True when the configuration says which component it is.
    func isRedirected(_ declaration: DependencyDeclaration) -> Bool { config.value(declaration.keys) != nil }

    /// The newest component that matches one of the locators, in their order, and is a `T`.
    func first<T>(_ declaration: DependencyDeclaration, as type: T.Type) -> T? {
        for locator in locators(of: declaration) {
            for reference in references.matches(locator) where !isOwner(reference.component) {
                if let component = reference.component as? T { return component }
            }
        }
        return nil
    }

    /// All components that match one of the locators and are a `T`, oldest first.
    func all<T>(_ declaration: DependencyDeclaration, as type: T.Type) -> [T] {
        var found: [T] = []
        var seen: Set<ObjectIdentifier> = []
        for locator in locators(of: declaration) {
            for reference in references.matches(locator).reversed() where !isOwner(reference.component) {
                guard let component = reference.component as? T else { continue }
                if let object = reference.component as? any Component, !seen.insert(ObjectIdentifier(object)).inserted {
                    continue
                }
                found.append(component)
            }
        }
        return found
    }

    /// Says that a dependency was not found: what was looked for, and what matched but has the wrong type.
    func missing(_ declaration: DependencyDeclaration) -> ConfigProblem {
        let locators = locators(of: declaration)
        let misfits = locators.flatMap { references.matches($0) }.filter { !isOwner($0.component) }
        let looked = locators.map { "'\($0)'" }.joined(separator: " or ")
        var message = "\(config.component): dependency '\(declaration.name)' is not resolved: "
        if misfits.isEmpty {
            message += "no component matches \(looked)"
            if let nearest = nearest(to: locators) { message += "; the nearest is '\(nearest)'" }
        } else {
            let names = misfits.map { "'\($0.locator)' (\(type(of: $0.component)))" }.joined(separator: ", ")
            message += "\(looked) matches \(names), which is no \(declaration.type)"
        }
        for case .name(let text) in locators where text.contains(":") {
            message += "; '\(text)' has not the five parts of a descriptor, group:type:kind:name:version"
        }
        return ConfigProblem(
            .error, code: "REF_ERROR", message, component: config.component,
            key: config.value(declaration.keys)?.key ?? config.key(declaration.keys[0]))
    }

    // MARK: - Internal

    private func isOwner(_ component: any Sendable) -> Bool { (component as? any Component) === owner }

    private func nearest(to locators: [Locator]) -> Locator? {
        locators.lazy.compactMap { Spelling.nearest(to: $0, among: references.allLocators) }.first
    }
}
