/// Creates the components of the driver for Azure by their descriptors (the toolkit's `DefaultAzureFactory`).
public enum DefaultAzureFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        #if PIP_AZURE
        Factory()
        #else
        AzureDriver.driver.absentFactory()
        #endif
    }
}
