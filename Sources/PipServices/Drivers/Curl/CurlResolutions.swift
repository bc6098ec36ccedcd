#if PIP_CURL
/// Limits concurrent host resolutions, because libcurl starts a thread for each. Used by one thread only.
final class CurlResolutions {
    private let limit: Int
    private var count = 0

    init(limit: Int) { self.limit = limit }

    /// Returns false if the limit is reached.
    func begin() -> Bool {
        guard count < limit else { return false }
        count += 1
        return true
    }

    func end() { count -= 1 }
}
#endif
