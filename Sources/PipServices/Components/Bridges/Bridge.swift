/// Prevents loops between the toolkit and packages such as swift-log: data that arrives over a bridge is not sent back
/// over another, even if both directions are configured.
enum Bridge {
    @TaskLocal static var isLogging = false
    @TaskLocal static var isMeasuring = false
    @TaskLocal static var isTracing = false
}
