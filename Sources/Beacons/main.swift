import Glibc
import PipServices

#if PIP_AWS
// In AWS Lambda, the same service handles the events of API Gateway and direct calls.
if getenv("AWS_LAMBDA_RUNTIME_API") != nil {
    await CommandableLambdaFunction(
        "beacons", description: "Beacons microservice", service: "beacons:service:*:*:1.0",
        factories: [BeaconsFactory.create()]
    ).main()
}
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
