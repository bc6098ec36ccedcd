extension RestHost {
    /// Adds interceptors for the paths under the base route; ``unregister(_:)`` takes them out again.
    ///
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is no regular expression; InvalidState `NOT_LINKED` before
    ///   the component was linked.
    public func register(interceptors: [RestInterceptor], for owner: any Component) throws(ApplicationError) {
        guard !interceptors.isEmpty else { return }
        try endpoint().register(interceptors, under: baseRoute, for: owner)
        follow(owner)
    }
}
