#if PIP_AWS
import Glibc
import PipServices

/// The beacons service as an AWS Lambda function. It handles API Gateway events and direct invocations.
enum BeaconsFunction {
    /// Handles events until Lambda ends the process. Returns at once if the process does not run in Lambda.
    static func mainInLambda() async {
        guard getenv("AWS_LAMBDA_RUNTIME_API") != nil else { return }
        await CommandableLambdaFunction(
            "beacons", description: "Beacons microservice", service: "beacons:service:*:*:1.0",
            factories: [BeaconsFactory.create()]
        ).main()
    }
}
#endif
