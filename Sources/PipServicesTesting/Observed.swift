/// A logger, counters or a tracer that a ``Contract`` tests, with a way to see what it has written.
public struct Observed<Instrument: Sendable, Output: Sendable>: Sendable {
    /// What is tested.
    public let instrument: Instrument
    /// Gives all that was written so far, in the order in which it was; nil for an instrument that writes nothing, or
    /// whose output can't be read back: then less is asked of it.
    public let output: (@Sendable () async throws -> [Output])?

    /// Takes an instrument, and how to read what it has written. An instrument that saves from time to time is to save
    /// when it is read.
    public init(_ instrument: Instrument, output: (@Sendable () async throws -> [Output])? = nil) {
        self.instrument = instrument
        self.output = output
    }

    /// What was written; nothing where that can't be read.
    public func read() async throws -> [Output] { try await output?() ?? [] }
}
