/// The routes and interceptors of an ``HTTPEndpoint``, which replaces the table when they change.
final class RouteTable: Sendable {
    let router: RestRouter
    let interceptors: [HostedInterceptor]

    init(_ router: RestRouter = RestRouter(), _ interceptors: [HostedInterceptor] = []) {
        self.router = router
        self.interceptors = interceptors
    }
}
