/// Keeps what cached sinks do while they save from coming back to them: an HTTP client that sends log messages and logs
/// that it does would otherwise never be done.
enum CachedSink {
    @TaskLocal static var isSaving = false
}
