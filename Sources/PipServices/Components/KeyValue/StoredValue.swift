import FoundationEssentials

/// Turns what a cache or a store holds into what its user asks for.
enum StoredValue {
    /// A value that is kept as it is. Of another type than the one that was asked for, it goes by way of its dynamic form,
    /// as it would through a store that keeps JSON.
    static func convert<Value: Codable & Sendable>(
        _ stored: any Codable & Sendable, to type: Value.Type, _ context: Context, _ key: String
    ) throws(ApplicationError) -> Value? {
        if let value = stored as? Value { return value }
        do throws(ApplicationError) {
            return try decode(try AnyValue(encoding: stored))
        } catch {
            throw misfit(error, type, context, key)
        }
    }

    /// True for `AnyValue.null` and nil: storing them removes what is there.
    static func isNull<Value>(_ value: Value) -> Bool { (value as? any Nullable)?.isNull ?? false }

    /// A value as JSON in UTF-8; nil for one that is null.
    /// - Throws: BadRequest `CANNOT_ENCODE`.
    static func bytes(
        of value: some Encodable & Sendable, _ context: Context, _ key: String
    ) throws(ApplicationError) -> [UInt8]? {
        do throws(ApplicationError) {
            let value = try AnyValue(encoding: value)
            return value.isNull ? nil : JSONWriter.bytes(of: value)
        } catch {
            throw error.withTraceId(context.traceId).withDetails("key", .string(key))
        }
    }

    /// A value from JSON in UTF-8, or from the bare text that the Python edition writes.
    /// - Throws: InvalidState `BAD_STORED_VALUE`.
    static func value<Value: Decodable>(
        from bytes: [UInt8], as type: Value.Type, _ context: Context, _ key: String
    ) throws(ApplicationError) -> Value? {
        do throws(ApplicationError) {
            let parsed: AnyValue
            do throws(ApplicationError) {
                parsed = try JSONParser.parse(bytes)
            } catch {
                // What looks like JSON and is none was damaged.
                let looksLikeJSON = bytes.first.map { "{[\"".utf8.contains($0) } ?? false
                guard !looksLikeJSON, let text = String(validating: bytes, as: UTF8.self) else { throw error }
                parsed = .string(text)
            }
            return try decode(parsed)
        } catch {
            throw misfit(error, type, context, key)
        }
    }

    // MARK: - Internal

    private static func decode<Value: Decodable>(_ value: AnyValue) throws(ApplicationError) -> Value? {
        if value.isNull { return nil }
        return try value.decode(Value.self)
    }

    /// What is stored is no fault of the caller, so its error is not either.
    private static func misfit(
        _ error: ApplicationError, _ type: Any.Type, _ context: Context, _ key: String
    ) -> ApplicationError {
        .invalidState(
            code: "BAD_STORED_VALUE", "What is stored under '\(key)' can't be read as \(type)",
            traceId: context.traceId, details: ["key": .string(key), "type": .string("\(type)")], cause: error)
    }
}

/// A value that may be none.
private protocol Nullable {
    var isNull: Bool { get }
}

extension AnyValue: Nullable {}

extension Optional: Nullable {
    var isNull: Bool {
        if case .none = self { true } else { false }
    }
}
