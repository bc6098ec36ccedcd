/// The routes and interceptors of an ``HTTPEndpoint``. Immutable: the endpoint replaces it on changes.
final class RouteTable: Sendable {
    let router: RestRouter
    let interceptors: [HostedInterceptor]

    init(_ router: RestRouter = RestRouter(), _ interceptors: [HostedInterceptor] = []) {
        self.router = router
        self.interceptors = interceptors
    }
}
