#if PIP_GRPC
/// A component that serves a gRPC service defined in a custom `.proto` file (the toolkit's `GrpcController`;
/// `GrpcService` in version 3).
///
/// ```swift
/// final class DummiesGRPCController: GRPCController {
///     let grpc = GRPCHost()
///     let serviceName = "dummies.Dummies"
///     let service = Dependency<Dummies>("service", "dummies:service:default:*:1.0")
///
///     var methods: [GRPCMethod] {
///         GRPCMethod.unary("GetDummy") { (context, request: DummyId) -> Dummy in
///             try await self.service().getDummy(context, request.dummyID)
///         }
///         GRPCMethod.serverStreaming("ListDummies") { (context, request: DummyFilter, replies: GRPCWriter<Dummy>) in
///             for dummy in try await self.service().list(context) { try await replies.write(dummy) }
///         }
///     }
/// }
/// ```
public protocol GRPCController: Component, Openable {
    /// The endpoint and instruments.
    var grpc: GRPCHost { get }
    /// The full name of the service in its `.proto` file.
    var serviceName: String { get }
    /// The methods. Read once, when the controller opens.
    @GRPCMethodBuilder var methods: [GRPCMethod] { get }
    /// The interceptors of the methods, the first one outermost. Read once, when the controller opens; none by default.
    var interceptors: [GRPCInterceptor] { get }
    /// A serialized `FileDescriptorSet` of the service's file (`protoc --include_imports --descriptor_set_out`), for
    /// server reflection. Empty by default, in which case tools see only the service's name.
    var descriptors: [UInt8] { get }
}

extension GRPCController {
    /// None.
    public var interceptors: [GRPCInterceptor] { [] }
    /// None.
    public var descriptors: [UInt8] { [] }
    /// Registers the methods and the interceptors at the endpoint.
    public func open(_ context: Context) async throws {
        try grpc.register(interceptors, of: serviceName, for: self)
        try grpc.register(methods, of: serviceName, descriptors: descriptors, for: self)
    }
    /// Removes the methods from the endpoint.
    public func close(_ context: Context) async throws { grpc.unregister(self) }
}
#endif
