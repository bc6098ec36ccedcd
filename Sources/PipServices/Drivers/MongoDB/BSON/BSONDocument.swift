/// A BSON document: a native filter, an aggregation stage, or a result of MongoDB.
///
/// ```swift
/// let near: BSONDocument = ["center": ["$geoWithin": ["$centerSphere": [[13.4, 52.5], 0.01]]]]
/// ```
/// Names are those of MongoDB: `_id`, and operators that start with `$`. Two documents are equal if their bytes are.
public struct BSONDocument: Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Creates a document from dynamic values.
    /// - Throws: BadRequest `BAD_FIELD_NAME` for a name with a NUL; `CANNOT_STORE` for more than 100 levels, or a
    ///   decimal number of more than 34 digits.
    public init(_ values: AnyValueMap) throws(ApplicationError) {
        var writer = BSONWriter()
        writer.append(values, isStored: false)
        if let fault = writer.fault { throw fault.error(nil) }
        bytes = writer.bytes
    }

    /// Encodes a `Codable` value, for example a filter with an ``ObjectID``.
    /// - Throws: BadRequest `BAD_FIELD_NAME`, `CANNOT_STORE`, `CANNOT_ENCODE`.
    public init(encoding value: some Encodable) throws(ApplicationError) {
        do {
            bytes = try BSONEncoder().encode(value)
        } catch let fault as BSONFault {
            throw fault.error(nil)
        } catch {
            throw .badRequest(code: "CANNOT_ENCODE", "The value can't be encoded", cause: error)
        }
    }

    /// The fields as dynamic values.
    /// - Throws: BadRequest `BAD_BSON` for damaged bytes.
    public func values() throws(ApplicationError) -> AnyValueMap {
        do throws(BSONFault) {
            let reader = BSONReader(bytes)
            return try reader.map(in: bytes.indices)
        } catch {
            throw error.error(nil)
        }
    }

    /// Decodes the document.
    /// - Throws: BadRequest `INVALID_DATA` with the path and the expected type, `BAD_BSON`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(ApplicationError) -> Value {
        do {
            return try BSONDecoder().decode(type, bytes)
        } catch let error as DecodingError {
            throw ValidationError.error(traceId: nil, results: [ValidationResult(error)])
        } catch let fault as BSONFault {
            throw fault.error(nil)
        } catch {
            throw .badRequest(code: "INVALID_DATA", "The value can't be decoded", cause: error)
        }
    }

    // MARK: - Internal

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ value: BSONValue) throws(BSONFault) {
        var writer = BSONWriter()
        value.write(&writer)
        if let fault = writer.fault { throw fault }
        bytes = writer.bytes
    }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
    /// Creates a document from a literal. Values without a BSON form and names with a NUL are omitted.
    public init(dictionaryLiteral elements: (String, AnyValue)...) {
        var writer = BSONWriter()
        let start = writer.begin()
        for (name, value) in elements {
            var element = BSONWriter()
            element.element(.null, name)
            element.append(value, at: 0, isStored: false)
            if element.fault == nil { writer.append(bytes: element.bytes) }
        }
        writer.end(start)
        bytes = writer.bytes
    }
}
