/// Creates the components for Google Cloud functions by their descriptors.
public enum DefaultGCPFactory {
    /// Returns the factory.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:function:cloudfunc:*:1.0") { CloudFunctionHandler() }
            .register("pip-services:controller:commandable-cloudfunc:*:1.0") { CommandableCloudFunctionController() }
            .register("pip-services:service:commandable-cloudfunc:*:1.0") { CommandableCloudFunctionController() }
            .register("pip-services:client:commandable-cloudfunc:*:1.0") { CommandableCloudFunctionClient() }
    }
}
