/// A logger, counters or a tracer under test by a ``Contract``, with a function that reads its output.
public struct Observed<Instrument: Sendable, Output: Sendable>: Sendable {
    /// The instrument under test.
    public let instrument: Instrument
    /// Returns the output so far, in order. Nil for an instrument without readable output, for which fewer expectations
    /// apply.
    public let output: (@Sendable () async throws -> [Output])?

    /// Creates an observed instrument. `output` must first save the data of an instrument that saves periodically.
    public init(_ instrument: Instrument, output: (@Sendable () async throws -> [Output])? = nil) {
        self.instrument = instrument
        self.output = output
    }

    /// Returns the output; empty if it can't be read.
    public func read() async throws -> [Output] { try await output?() ?? [] }
}
