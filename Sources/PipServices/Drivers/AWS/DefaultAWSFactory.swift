/// Creates the components of the driver for AWS by their descriptors (the toolkit's `DefaultAwsFactory`).
public enum DefaultAWSFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_AWS
        Factory()
            .register("pip-services:logger:cloudwatch:*:1.0") { CloudWatchLogger() }
            .register("pip-services:counters:cloudwatch:*:1.0") { CloudWatchCounters() }
            .register("pip-services:message-queue:sqs:*:1.0", requested: { SQSMessageQueue(named: $0) })
            .register("pip-services:queue-factory:sqs:*:1.0") { SQSMessageQueueFactory() }
            .register("pip-services:client:lambda:*:1.0") { LambdaClient() }
            .register("pip-services:client:commandable-lambda:*:1.0") { CommandableLambdaClient() }
            .register("pip-services:controller:commandable-lambda:*:1.0") { CommandableLambdaController() }
            .register("pip-services:service:commandable-lambda:*:1.0") { CommandableLambdaController() }
            .register("pip-services:credential-store:secrets-manager:*:1.0") { SecretsManagerCredentialStore() }
            .register("pip-services:credential-store:ssm:*:1.0") { SSMCredentialStore() }
            .register("pip-services:config-reader:secrets-manager:*:1.0") { SecretsManagerConfigReader() }
            .register("pip-services:config-reader:ssm:*:1.0") { SSMConfigReader() }
        #else
        AWSDriver.driver.absentFactory(
            "pip-services:logger:cloudwatch:*:1.0", "pip-services:counters:cloudwatch:*:1.0",
            "pip-services:message-queue:sqs:*:1.0", "pip-services:queue-factory:sqs:*:1.0",
            "pip-services:client:lambda:*:1.0", "pip-services:client:commandable-lambda:*:1.0",
            "pip-services:controller:commandable-lambda:*:1.0", "pip-services:service:commandable-lambda:*:1.0",
            "pip-services:credential-store:secrets-manager:*:1.0", "pip-services:credential-store:ssm:*:1.0",
            "pip-services:config-reader:secrets-manager:*:1.0", "pip-services:config-reader:ssm:*:1.0")
        #endif
    }
}
