#if PIP_AWS
/// Runs the commands of a component as a function in AWS Lambda (the toolkit's `CommandableLambdaFunction`).
///
/// ```swift
/// await CommandableLambdaFunction(
///     "beacons", service: "beacons:service:*:*:1.0", factories: [BeaconsFactory.create()]
/// ).main()
/// ```
/// An event with `cmd` `<command>` calls a command with the other members of the event as arguments. Everything else is as
/// at ``LambdaFunction``.
public struct CommandableLambdaFunction: Sendable {
    /// The function.
    public let function: LambdaFunction

    /// Creates a function with all the factories that it needs.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - service: where the component with the commands is looked up.
    ///   - allFactories: what components are created by; the last is asked first.
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
