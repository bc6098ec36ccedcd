extension RestHost {
    /// Adds interceptors for the paths below the base route. ``unregister(_:)`` removes them.
    ///
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is not a regular expression; InvalidState `NOT_LINKED`
    ///   before the component is linked.
    public func register(interceptors: [RestInterceptor], for owner: any Component) throws(ApplicationError) {
        guard !interceptors.isEmpty else { return }
        try endpoint().register(interceptors, under: baseRoute, for: owner)
        follow(owner)
    }
}
