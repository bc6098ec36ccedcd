/// Keeps the states of processes between their steps (the toolkit's `IStateStore`).
///
/// States are of any type that is `Codable` and `Sendable`, or dynamic:
/// ```swift
/// try await store.save(context, "import.42", progress)
/// let saved = try await store.load(context, "import.42", as: Progress.self)
/// ```
/// Keys are compared letter by letter. All calls are safe from any task.
public protocol StateStore: Sendable {
    /// The state of a key; nil when there is none.
    ///
    /// A state that was saved as another type is converted, as far as the forms of both in JSON agree.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it can't be; NoResponse when a remote store can't be reached.
    func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?

    /// The states of several keys: one for each, in the order of the keys, also where there is none.
    /// - Throws: as ``load(_:_:as:)``.
    func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>]

    /// Saves a state, replacing the one that is there. `AnyValue.null` and nil delete it.
    /// - Returns: the state.
    /// - Throws: BadRequest `CANNOT_ENCODE` when a remote store can't write it; NoResponse when it can't be reached.
    @discardableResult
    func save<Value: Codable & Sendable>(_ context: Context, _ key: String, _ value: Value) async throws -> Value

    /// Deletes a state and gives it back; nil when there was none.
    /// - Throws: as ``load(_:_:as:)``. A state that can't be converted is deleted all the same.
    func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?
}

extension StateStore {
    /// The state of a key as a dynamic value; nil when there is none.
    public func load(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await load(context, key, as: AnyValue.self)
    }

    /// The states of several keys as dynamic values.
    public func loadBulk(_ context: Context, _ keys: [String]) async throws -> [StateValue<AnyValue>] {
        try await loadBulk(context, keys, as: AnyValue.self)
    }

    /// Deletes a state and gives it back as a dynamic value; nil when there was none.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await delete(context, key, as: AnyValue.self)
    }
}
