public import FoundationEssentials

/// A binary value in MongoDB. `Data` is stored as a Base64 string instead, as in JSON, so that portable filters match
/// it.
///
/// `Data` and `UUID` fields of a model can be decoded from both forms.
public struct BSONBinary: Sendable, Hashable, Codable {
    /// The bytes.
    public var data: Data
    /// The BSON subtype: 0 for generic data, 4 for a UUID, 128 and above for user-defined types.
    public var subtype: UInt8

    /// Creates a value.
    public init(_ data: Data, subtype: UInt8 = 0) {
        self.data = data
        self.subtype = subtype
    }

    /// Creates a value from a UUID, in the format of other clients.
    public init(_ id: UUID) {
        let u = id.uuid
        self.init(
            Data([
                u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15,
            ]), subtype: 4)
    }

    /// Decodes a Base64 string.
    public init(from decoder: any Decoder) throws { self.init(try Data(from: decoder)) }
    /// Encodes a Base64 string, without the subtype.
    public func encode(to encoder: any Encoder) throws { try data.encode(to: encoder) }

    // MARK: - Internal

    /// The UUID; nil if it is not one. Subtype 3 has several byte orders and is read unchanged.
    var uuid: UUID? {
        guard subtype == 3 || subtype == 4, data.count == 16 else { return nil }
        let b = Array(data)
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }
}
