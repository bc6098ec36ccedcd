#if PIP_AWS
/// Runs the commands of a component as a function in AWS Lambda (the toolkit's `CommandableLambdaFunction`).
///
/// ```swift
/// await CommandableLambdaFunction(
///     "beacons", service: "beacons:service:*:*:1.0", factories: [BeaconsFactory.create()]
/// ).main()
/// ```
/// An event with `cmd` `<command>` calls a command; the other members of the event are its arguments. Otherwise it
/// behaves like ``LambdaFunction``.
public struct CommandableLambdaFunction: Sendable {
    /// The function.
    public let function: LambdaFunction

    /// Creates a function.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - service: the locator of the component with the commands.
    ///   - allFactories: the factories of the components; the last one takes precedence.
    public init(
        _ name: String, description: String? = nil, service: Locator, allFactories: [any ComponentFactory]
    ) {
        function = LambdaFunction(
            name, description: description, service: [service], allFactories: allFactories, actions: [])
    }

    /// Runs the function, see ``LambdaFunction/main()``.
    public func main() async -> Never { await function.main() }
}
#endif
