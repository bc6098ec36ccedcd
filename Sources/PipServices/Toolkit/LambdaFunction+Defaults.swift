#if PIP_AWS
extension LambdaFunction {
    /// Creates a function that uses all compiled-in factories and the service's own factories.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - factories: the service's own factories. They take precedence.
    ///   - actions: the actions of the function itself.
    public convenience init(
        _ name: String, description: String? = nil, factories: [any ComponentFactory],
        @LambdaActionBuilder actions: () -> [LambdaAction] = { [] }
    ) {
        self.init(
            name, description: description, allFactories: DefaultFactories.create() + factories, actions: actions)
    }
}

extension CommandableLambdaFunction {
    /// Creates a function that uses all compiled-in factories and the service's own factories.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - service: the locators of the component with the commands.
    ///   - factories: the service's own factories. They take precedence.
    public init(
        _ name: String, description: String? = nil, service: Locator, factories: [any ComponentFactory]
    ) {
        self.init(
            name, description: description, service: service, allFactories: DefaultFactories.create() + factories)
    }
}
#endif
