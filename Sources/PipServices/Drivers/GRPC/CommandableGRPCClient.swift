#if PIP_GRPC
public final class CommandableGRPCClient: Component { public init() {} }
#endif
