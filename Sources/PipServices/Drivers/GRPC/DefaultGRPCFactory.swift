/// Creates the components of the gRPC driver from their descriptors, which may have the names of version 4 or version 3
/// (the toolkit's `DefaultGrpcFactory`).
public enum DefaultGRPCFactory {
    /// Whether the driver is compiled in. Its version is that of grpc-swift.
    public static let driver = Driver(
        name: "GRPC", flag: "PIP_GRPC", package: "", needsTrait: true, libraryVersion: GRPCLibrary.version)

    /// Returns a factory for the driver's components. If the driver is not compiled in, its descriptors cause an error
    /// that says how to compile it in.
    public static func create() -> Factory {
        #if PIP_GRPC
        Factory()
            .register("pip-services:endpoint:grpc:*:1.0") { GRPCEndpoint() }
            .register("pip-services:controller:commandable-grpc:*:1.0") { CommandableGRPCController() }
            .register("pip-services:service:commandable-grpc:*:1.0") { CommandableGRPCController() }
            .register("pip-services:client:commandable-grpc:*:1.0") { CommandableGRPCClient() }
        #else
        driver.absentFactory(
            "pip-services:endpoint:grpc:*:1.0", "pip-services:controller:commandable-grpc:*:1.0",
            "pip-services:service:commandable-grpc:*:1.0", "pip-services:client:commandable-grpc:*:1.0")
        #endif
    }
}
