public import FoundationEssentials

/// Bytes that MongoDB stores as bytes, where `Data` is stored in base64 like in JSON so that portable filters find it.
///
/// `Data` and `UUID` fields of a model read both forms.
public struct BSONBinary: Sendable, Hashable, Codable {
    /// The bytes.
    public var data: Data
    /// What the bytes are: 0 for any, 4 for a UUID, 128 and above for what an application defines.
    public var subtype: UInt8

    /// Creates a value.
    public init(_ data: Data, subtype: UInt8 = 0) {
        self.data = data
        self.subtype = subtype
    }

    /// The 16 bytes of a UUID, as other clients write it.
    public init(_ id: UUID) {
        let u = id.uuid
        self.init(
            Data([
                u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15,
            ]), subtype: 4)
    }

    /// Reads base64.
    public init(from decoder: any Decoder) throws { self.init(try Data(from: decoder)) }
    /// Writes base64, without the subtype.
    public func encode(to encoder: any Encoder) throws { try data.encode(to: encoder) }

    // MARK: - Internal

    /// The UUID that the bytes are; nil if they are none. Subtype 3 has more than one order of bytes, and is read as it stands.
    var uuid: UUID? {
        guard subtype == 3 || subtype == 4, data.count == 16 else { return nil }
        let b = Array(data)
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }
}
