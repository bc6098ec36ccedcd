import Glibc
import PipServices

#if PIP_AWS
await BeaconsFunction.mainInLambda()
#endif

let process = ProcessContainer(
    "beacons", description: "Beacons microservice", version: "1.0.0", factories: [BeaconsFactory.create()])
await process.main { container in
    guard
        let endpoint = container.references.getOneOptional("*:endpoint:http:*:1.0", as: HTTPEndpoint.self),
        let address = endpoint.address
    else { return }
    print(Welcome.text(address))
    fflush(nil)
}
