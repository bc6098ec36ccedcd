/// Keeps bridges between the toolkit and the packages of Swift's server ecosystem from feeding their own source: what
/// comes over one of them does not go back over another, also when both ways are configured.
enum Bridge {
    @TaskLocal static var isLogging = false
    @TaskLocal static var isMeasuring = false
    @TaskLocal static var isTracing = false
}
