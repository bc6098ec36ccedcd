#if PIP_AWS
import Glibc
import PipServices

/// Beacons as a function of AWS Lambda: the same service answers the events of API Gateway, and direct calls.
enum BeaconsFunction {
    /// Serves events until Lambda ends the process. Returns at once where the process does not run in Lambda.
    static func mainInLambda() async {
        guard getenv("AWS_LAMBDA_RUNTIME_API") != nil else { return }
        await CommandableLambdaFunction(
            "beacons", description: "Beacons microservice", service: "beacons:service:*:*:1.0",
            factories: [BeaconsFactory.create()]
        ).main()
    }
}
#endif
