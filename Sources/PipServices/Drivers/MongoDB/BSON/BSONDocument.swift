/// A document in BSON: a native filter, a stage of an aggregation, or what MongoDB returned.
///
/// ```swift
/// let near: BSONDocument = ["center": ["$geoWithin": ["$centerSphere": [[13.4, 52.5], 0.01]]]]
/// ```
/// Names are as MongoDB knows them: `_id`, and operators that begin with `$`. Two documents are equal when their bytes are.
public struct BSONDocument: Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// The document of dynamic values.
    /// - Throws: BadRequest `BAD_FIELD_NAME` for a name with a NUL; `CANNOT_STORE` for more than 100 levels, or a decimal
    ///   of more than 34 digits.
    public init(_ values: AnyValueMap) throws(ApplicationError) {
        var writer = BSONWriter()
        writer.append(values, isStored: false)
        if let fault = writer.fault { throw fault.error(nil) }
        bytes = writer.bytes
    }

    /// The document of a `Codable` value, such as a filter with an ``ObjectID``.
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

    /// A value of a type.
    /// - Throws: BadRequest `INVALID_DATA` that names the place and what was expected there, `BAD_BSON`.
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
    /// Writes a document as a literal. A value that has no form in BSON, and names with a NUL, are left out.
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
