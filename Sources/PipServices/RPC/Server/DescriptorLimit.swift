#if PIP_HTTP || PIP_GRPC
import Glibc

/// The number of file descriptors that the connections of a server may use. The rest is reserved for other purposes:
/// without a free descriptor, a server cannot even reject a connection.
enum DescriptorLimit {
    /// The limit of this process.
    static var connections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return limit.rlim_cur > UInt64(Int.max) ? .max : max(16, Int(limit.rlim_cur) * 9 / 10 - 32)
    }
}
#endif
