/// Creates the components for Azure functions by their descriptors.
public enum DefaultAzureFunctionFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_AZURE
        Factory()
            .register("pip-services:function:azurefunc:*:1.0") { AzureFunctionHandler() }
            .register("pip-services:controller:commandable-azurefunc:*:1.0") { CommandableAzureFunctionController() }
            .register("pip-services:controller:commandable-azure-function:*:1.0") {
                CommandableAzureFunctionController()
            }
            .register("pip-services:service:commandable-azurefunc:*:1.0") { CommandableAzureFunctionController() }
            .register("pip-services:client:azurefunc:*:1.0") { AzureFunctionClient() }
            .register("pip-services:client:commandable-azurefunc:*:1.0") { CommandableAzureFunctionClient() }
        #else
        driver.absentFactory(
            "pip-services:function:azurefunc:*:1.0", "pip-services:controller:commandable-azurefunc:*:1.0",
            "pip-services:controller:commandable-azure-function:*:1.0",
            "pip-services:service:commandable-azurefunc:*:1.0", "pip-services:client:azurefunc:*:1.0",
            "pip-services:client:commandable-azurefunc:*:1.0")
        #endif
    }

    // MARK: - Internal

    #if !PIP_AZURE
    private static let driver = Driver(
        name: "Azure", flag: "PIP_AZURE", package: "libcurl4-openssl-dev", libraryVersion: nil)
    #endif
}
