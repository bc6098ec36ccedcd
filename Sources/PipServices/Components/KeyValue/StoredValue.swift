import FoundationEssentials

/// Converts between stored values and the requested types.
enum StoredValue {
    /// Returns a value stored without encoding. A value of another type is converted through its dynamic form, as in a
    /// JSON store.
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

    /// Returns true for `AnyValue.null` and nil. Storing them removes the value.
    static func isNull<Value>(_ value: Value) -> Bool { (value as? any Nullable)?.isNull ?? false }

    /// Encodes a value as JSON in UTF-8; nil for a null value.
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

    /// Decodes a value from JSON in UTF-8, or from an unquoted string as written by the Python edition.
    /// - Throws: InvalidState `BAD_STORED_VALUE`.
    static func value<Value: Decodable>(
        from bytes: [UInt8], as type: Value.Type, _ context: Context, _ key: String
    ) throws(ApplicationError) -> Value? {
        do throws(ApplicationError) {
            let parsed: AnyValue
            do throws(ApplicationError) {
                parsed = try JSONParser.parse(bytes)
            } catch {
                // Looks like JSON but is not valid: the value is damaged.
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

    /// Returns an error that does not blame the caller for the stored value.
    private static func misfit(
        _ error: ApplicationError, _ type: Any.Type, _ context: Context, _ key: String
    ) -> ApplicationError {
        .invalidState(
            code: "BAD_STORED_VALUE", "The value stored under '\(key)' can't be decoded as \(type)",
            traceId: context.traceId, details: ["key": .string(key), "type": .string("\(type)")], cause: error)
    }
}

/// A type whose values may be null.
private protocol Nullable {
    var isNull: Bool { get }
}

extension AnyValue: Nullable {}

extension Optional: Nullable {
    var isNull: Bool {
        if case .none = self { true } else { false }
    }
}
