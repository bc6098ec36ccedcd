import Glibc
import PipServices

await ProcessContainer("beacons", description: "Beacons microservice", factories: [BeaconsFactory.create()])
    .main { container in
        guard
            let endpoint = container.references.getOneOptional("*:endpoint:http:*:1.0", as: HTTPEndpoint.self),
            let address = endpoint.address
        else { return }
        print(Welcome.text(address))
        fflush(nil)
    }
