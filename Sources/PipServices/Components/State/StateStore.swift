/// Stores the state of long-running processes between their steps (the toolkit's `IStateStore`).
///
/// States have any type that is `Codable` and `Sendable`, or are dynamic:
/// ```swift
/// try await store.save(context, "import.42", progress)
/// let saved = try await store.load(context, "import.42", as: Progress.self)
/// ```
/// Keys are compared by their code points. All calls are safe from any task.
public protocol StateStore: Sendable {
    /// Returns the state of a key, or nil.
    ///
    /// A state that was saved as another type is converted if the JSON forms of both types are compatible.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it can't be converted; NoResponse if a remote store can't be
    ///   reached.
    func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?

    /// Returns one entry per key, in the order of the keys, also for keys without a state.
    /// - Throws: as ``load(_:_:as:)``.
    func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>]

    /// Saves a state, replacing the existing one. `AnyValue.null` and nil delete it.
    /// - Returns: the state.
    /// - Throws: BadRequest `CANNOT_ENCODE` if a remote store can't encode it; NoResponse if it can't be reached.
    @discardableResult
    func save<Value: Codable & Sendable>(_ context: Context, _ key: String, _ value: Value) async throws -> Value

    /// Deletes and returns a state, or nil.
    /// - Throws: as ``load(_:_:as:)``. A state that can't be converted is deleted nevertheless.
    func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?
}

extension StateStore {
    /// Returns the state of a key as a dynamic value, or nil.
    public func load(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await load(context, key, as: AnyValue.self)
    }

    /// Returns the states of several keys as dynamic values.
    public func loadBulk(_ context: Context, _ keys: [String]) async throws -> [StateValue<AnyValue>] {
        try await loadBulk(context, keys, as: AnyValue.self)
    }

    /// Deletes and returns a state as a dynamic value, or nil.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await delete(context, key, as: AnyValue.self)
    }
}
