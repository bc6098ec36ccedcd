/// Whether the driver is compiled in, and the version of grpc-swift on which it is built.
enum GRPCLibrary {
    #if PIP_GRPC
    static let version: String? = "2.4"
    #else
    static let version: String? = nil
    #endif
}
