/// Prevents loops in cached sinks: an HTTP client that sends log messages and logs each request would never finish.
enum CachedSink {
    @TaskLocal static var isSaving = false
}
