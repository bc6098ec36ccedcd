/// Creates HTTP components by their descriptors, in the naming of version 4 and of version 3 (the toolkit's
/// `DefaultHttpFactory` and `DefaultSwaggerFactory`).
public enum DefaultHTTPFactory {
    /// Returns a factory for the endpoint, and for the controllers and clients that need no code.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:endpoint:http:*:1.0") { HTTPEndpoint() }
            .register("pip-services:controller:commandable-http:*:1.0") { CommandableHTTPController() }
            .register("pip-services:service:commandable-http:*:1.0") { CommandableHTTPController() }
            .register("pip-services:heartbeat-controller:http:*:1.0") { HeartbeatRestController() }
            .register("pip-services:heartbeat-service:http:*:1.0") { HeartbeatRestController() }
            .register("pip-services:status-controller:http:*:1.0") { StatusRestController() }
            .register("pip-services:status-service:http:*:1.0") { StatusRestController() }
            .register("pip-services:health-controller:http:*:1.0") { HealthRestController() }
            .register("pip-services:health-service:http:*:1.0") { HealthRestController() }
            .register("pip-services:authenticator:basic:*:1.0") { BasicAuthenticator() }
            .register("pip-services:authenticator:jwt:*:1.0") { try JWTAuthenticator.create() }
            .register("pip-services:swagger-controller:*:*:1.0") { SwaggerController() }
            .register("pip-services:swagger-service:*:*:1.0") { SwaggerController() }
            .register("pip-services:http-connector:in-process:*:1.0") { InProcessHTTPConnector() }
            .register("pip-services:client:commandable-http:*:1.0") { CommandableHTTPClient() }
            .register("pip-services:client:direct:*:1.0") { DirectClient<any Commandable>() }
    }
}
