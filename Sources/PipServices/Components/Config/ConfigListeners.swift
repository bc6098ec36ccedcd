/// The listeners of a reader.
final class ConfigListeners: Sendable {
    private let listeners = Locked<[any ConfigChangeListener]>([])

    var isEmpty: Bool { listeners.withLock { $0.isEmpty } }

    func add(_ listener: any ConfigChangeListener) {
        listeners.withLock { listeners in
            if !listeners.contains(where: { $0 === listener }) { listeners.append(listener) }
        }
    }

    func remove(_ listener: any ConfigChangeListener) {
        listeners.withLock { listeners in listeners.removeAll { $0 === listener } }
    }

    /// Lets all listeners check a new version, then applies it to all.
    /// - Throws: the error of a listener that rejects it. Then no listener applies it.
    func announce(_ context: Context, _ config: ConfigParams) async throws {
        let listeners = listeners.current
        for listener in listeners { try await listener.checkConfig(context, config) }
        for listener in listeners { await listener.configChanged(context, config) }
    }

    func reject(_ context: Context, _ error: any Error) async {
        for listener in listeners.current { await listener.configRejected(context, error) }
    }
}
