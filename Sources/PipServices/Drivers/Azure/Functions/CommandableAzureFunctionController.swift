#if PIP_AZURE
/// Serves the commands of a component as actions of an Azure function (the toolkit's
/// `CommandableAzureFunctionController`): `<name>.<command>`, or `<command>` without a name.
///
/// No code is needed: `pip-services:controller:commandable-azurefunc:default:1.0` with `name` and
/// `dependencies.service` serves any ``Commandable``.
public final class CommandableAzureFunctionController: AzureFunctionController {
    private let nameSetting: Setting<String>
    private let service: Dependency<any Commandable>

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - name: the prefix of action names; the setting `name` replaces it.
    ///   - service: the locator of the component with the commands; `dependencies.service` replaces it.
    public init(name: String = "", service locators: Locator...) {
        nameSetting = Setting("name", default: name, "The prefix of action names, before a dot")
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// The prefix of action names.
    public var name: String { nameSetting() }

    /// One action for each command.
    public var actions: [AzureFunctionAction] { AzureFunctionAction.all(of: service) }
}
#endif
