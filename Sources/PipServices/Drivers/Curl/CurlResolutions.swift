#if PIP_CURL
/// Bounds how many transfers resolve a host at a time: libcurl starts a thread for each. Used by one thread only.
final class CurlResolutions {
    private let limit: Int
    private var count = 0

    init(limit: Int) { self.limit = limit }

    /// False if there are too many.
    func begin() -> Bool {
        guard count < limit else { return false }
        count += 1
        return true
    }

    func end() { count -= 1 }
}
#endif
