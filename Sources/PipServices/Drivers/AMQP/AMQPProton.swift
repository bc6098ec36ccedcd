#if PIP_AMQP
/// The clients of AMQP 1.0 on proton, for drivers that need one.
final class AMQPProton: AMQPConnector, Component {
    func connect(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (AMQPChange) -> Void
    ) async throws -> any AMQPClient {
        let engine = try AMQPEngine(options, clock: clock, random: random, onChange: onChange)
        do {
            try await engine.open()
            // After a late cancellation nobody would close it.
            try Task.checkCancellation()
        } catch {
            engine.stop()
            throw error
        }
        return engine
    }
}
#endif
