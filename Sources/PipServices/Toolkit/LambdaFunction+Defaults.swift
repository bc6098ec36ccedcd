#if PIP_AWS
extension LambdaFunction {
    /// Creates a function with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - factories: the service's own factories, which are asked first.
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
    /// Creates a function with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - service: where the component with the commands is looked up.
    ///   - factories: the service's own factories, which are asked first.
    public init(
        _ name: String, description: String? = nil, service: Locator, factories: [any ComponentFactory]
    ) {
        self.init(
            name, description: description, service: service, allFactories: DefaultFactories.create() + factories)
    }
}
#endif
