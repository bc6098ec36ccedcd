#if PIP_REDIS
import Glibc

/// The reason why a connection cannot be established or used any longer.
struct RedisConnectionError: Error, Sendable {
    let reason: String
    /// True if a retry cannot succeed, for example after a wrong password.
    let isFinal: Bool

    init(reason: String, isFinal: Bool = false) { (self.reason, self.isFinal) = (reason, isFinal) }

    /// Creates the error of a failed system call.
    init(errno code: Int32) { self.init(reason: String(cString: strerror(code))) }
}
#endif
