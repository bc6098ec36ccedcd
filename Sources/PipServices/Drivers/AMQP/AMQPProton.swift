#if PIP_AMQP
/// Creates AMQP 1.0 clients based on proton, for drivers that need one.
final class AMQPProton: AMQPConnector, Component {
    func connect(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (AMQPChange) -> Void
    ) async throws -> any AMQPClient {
        let engine = try AMQPEngine(options, clock: clock, random: random, onChange: onChange)
        do {
            try await engine.open()
            // After a late cancellation, no caller would close it.
            try Task.checkCancellation()
        } catch {
            engine.stop()
            throw error
        }
        return engine
    }
}
#endif
