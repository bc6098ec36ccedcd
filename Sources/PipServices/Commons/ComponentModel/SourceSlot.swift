/// A slot for what every component has: the service's component if there is one, otherwise the system's.
protocol SourceSlot: LinkSlot {
    associatedtype Source: Sendable
    var box: SlotBox<Source> { get }
    /// The system's source.
    var standard: Source { get }
}

extension SourceSlot {
    var keys: [String] { declaration.keys }
    var linked: [ObjectIdentifier] { [] }

    func link(_ linker: SlotLinker) -> [ConfigProblem] {
        relink(linker)
        return check(linker).map { [$0] } ?? []
    }

    func relink(_ linker: SlotLinker) {
        if let source = found(linker) { box.replace(source) }
    }

    func check(_ linker: SlotLinker) -> ConfigProblem? {
        found(linker) == nil ? linker.missingIfNamed(declaration.name, declaration) : nil
    }

    func unlink() { box.set(standard) }

    // MARK: - Internal

    private func found(_ linker: SlotLinker) -> Source? {
        linker.first(declaration.name, [], declaration.locators, as: Source.self)
    }
}
