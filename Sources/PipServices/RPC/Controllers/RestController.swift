/// A component that serves REST routes (the toolkit's `RestController`; `RestService` in version 3).
///
/// ```swift
/// final class BeaconsRestController: RestController {
///     let rest = RestHost(baseRoute: "v1")
///     let service = Dependency<BeaconsService>("service", "beacons:service:default:*:1.0")
///
///     var routes: [RestRoute] {
///         RestRoute(.get, "/beacons/:beacon_id") { context, request in
///             try await self.service().getBeaconById(context, request.parameter("beacon_id"))
///         }
///     }
/// }
/// ```
/// A controller with its own `open` and `close` calls `rest.register(routes, for: self)` and `rest.unregister(self)`
/// itself.
public protocol RestController: Component, Openable, SchemaReporting {
    /// The endpoint, base route and instrumentation.
    var rest: RestHost { get }
    /// The routes. Read once, when the controller opens.
    @RestRouteBuilder var routes: [RestRoute] { get }
    /// The interceptors around the routes, the first outermost. Read once, when the controller opens; none by default.
    var interceptors: [RestInterceptor] { get }
}

extension RestController {
    /// None.
    public var interceptors: [RestInterceptor] { [] }
    /// The types of bodies and results that have no schema.
    public var schemaGaps: [SchemaGap] {
        routes.flatMap { route in
            route.metadata.gaps().map { $0.placed(in: "route '\(route.method.rawValue) \(route.path)'") }
        }
    }
    /// Registers the routes and interceptors with the endpoint.
    public func open(_ context: Context) async throws {
        try rest.register(interceptors: interceptors, for: self)
        try rest.register(routes, for: self)
    }
    /// Removes the routes from the endpoint.
    public func close(_ context: Context) async throws { rest.unregister(self) }
}
