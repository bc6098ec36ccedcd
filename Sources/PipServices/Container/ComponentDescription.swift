/// What a component is that a container can create: its descriptor, settings and dependencies.
public struct ComponentDescription: Sendable, Hashable {
    /// What it is registered under; `*` for the parts that are free.
    public var locator: String
    /// The name of the Swift type; nil when the component can't be created.
    public var type: String?
    /// The settings, in the order in which the component declares them.
    public var settings: [SettingDeclaration] = []
    /// The dependencies, in the order in which the component declares them.
    public var dependencies: [DependencyDeclaration] = []
    /// Why it can't be created, such as a driver that is not compiled in; nil when it can.
    public var absence: String?

    /// Describes a component by creating one, which is thrown away.
    init(_ locator: Locator, _ factory: any ComponentFactory) {
        self.locator = "\(locator)"
        // A component may be named by what is asked for; a free part is asked for as `default`.
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
