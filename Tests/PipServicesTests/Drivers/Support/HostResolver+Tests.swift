@testable import PipServices

extension HostResolver {
    /// Resolves any host to some addresses, in their order.
    static func fixed(_ addresses: [String]) -> HostResolver {
        HostResolver { _, port in
            .success(addresses.flatMap { (try? HostResolver.look(up: $0, port: port).get()) ?? [] })
        }
    }
}
