import FoundationEssentials

/// How much is tested.
enum TestSize {
    /// True for the full counts of `make test-full`; `make test` takes a share of them.
    static let isFull = ProcessInfo.processInfo.environment["PIP_TEST_FULL"] != nil
}
