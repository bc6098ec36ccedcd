/// A component that a container can create: its descriptor, settings and dependencies.
public struct ComponentDescription: Sendable, Hashable {
    /// The locator under which it is registered; `*` stands for any value of a part.
    public var locator: String
    /// The name of the Swift type; nil if the component can't be created.
    public var type: String?
    /// The settings, in the order of their declaration.
    public var settings: [SettingDeclaration] = []
    /// The dependencies, in the order of their declaration.
    public var dependencies: [DependencyDeclaration] = []
    /// Why it can't be created, for example a driver that is not compiled in; nil if it can.
    public var absence: String?

    /// Describes a component by creating a temporary instance.
    init(_ locator: Locator, _ factory: any ComponentFactory) {
        self.locator = "\(locator)"
        // Factories may name a component after the requested locator; wildcards are requested as `default`.
        let requested = locator.descriptor.map { descriptor in
            Locator.descriptor(descriptor.completed(by: Descriptor("default", "default", "default", "default", "1.0")))
        }
        do {
            let model = try ComponentModel.create(name: self.locator) { try factory.create(requested ?? locator) }
            type = "\(Swift.type(of: model.component))"
            var seen: Set<ScalarText> = []
            settings = model.settings.filter { seen.insert(ScalarText($0.key)).inserted }
            seen = []
            dependencies = model.dependencies.filter { seen.insert(ScalarText($0.name)).inserted }
        } catch {
            absence = (error as? ApplicationError)?.message ?? "\(error)"
        }
    }
}
