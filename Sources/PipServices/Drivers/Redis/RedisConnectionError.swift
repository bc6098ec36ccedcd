#if PIP_REDIS
import Glibc

/// Why a connection cannot be made, or cannot be used any longer.
struct RedisConnectionError: Error, Sendable {
    let reason: String
    /// True if another attempt cannot succeed either, for example after a wrong password.
    let isFinal: Bool

    init(reason: String, isFinal: Bool = false) { (self.reason, self.isFinal) = (reason, isFinal) }

    /// The error of a system call, by its `errno`.
    init(errno code: Int32) { self.init(reason: String(cString: strerror(code))) }
}
#endif
