#if PIP_AWS
/// Serves the commands of a component as actions of a function in AWS Lambda (the toolkit's
/// `CommandableLambdaController`; `CommandableLambdaService` in version 3).
///
/// No code is needed: `pip-services:controller:commandable-lambda:default:1.0` in a configuration, with `name` and
/// `dependencies.service`, serves any ``Commandable``: an event with `cmd` `<name>.<command>` calls a command; the
/// other members of the event are its arguments.
public final class CommandableLambdaController: LambdaController {
    /// The name of the controller and its instruments.
    public let lambda: LambdaHost
    private let service: Dependency<any Commandable>

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - name: the prefix of all action names; the setting `name` replaces it.
    ///   - service: the locator of the component with the commands; `dependencies.service` replaces it.
    public init(name: String = "", service locators: Locator...) {
        lambda = LambdaHost(name: name)
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// One action for each command.
    public var actions: [LambdaAction] {
        for command in (try? service.commands())?.interceptedCommands ?? [] { LambdaAction(command) }
    }
}
#endif
