#if PIP_AZURE
/// Serves the commands of a component as actions of a function of Azure (the toolkit's
/// `CommandableAzureFunctionController`): `<name>.<command>`, or without a name `<command>`.
///
/// It needs no code: `pip-services:controller:commandable-azurefunc:default:1.0` in a configuration, with `name` and
/// `dependencies.service`, serves any ``Commandable``.
public final class CommandableAzureFunctionController: AzureFunctionController {
    private let nameSetting: Setting<String>
    private let service: Dependency<any Commandable>

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - name: what actions start with; the setting `name` replaces it.
    ///   - service: where the component with the commands is looked up; `dependencies.service` replaces it.
    public init(name: String = "", service locators: Locator...) {
        nameSetting = Setting("name", default: name, "What actions start with, before a dot")
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// What actions start with.
    public var name: String { nameSetting() }

    /// An action for each command.
    public var actions: [AzureFunctionAction] { AzureFunctionAction.all(of: service) }
}
#endif
