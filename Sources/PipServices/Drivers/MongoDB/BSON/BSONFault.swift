/// An error of encoding or decoding BSON.
struct BSONFault: Error, Hashable {
    enum Kind: Hashable {
        /// A field name that MongoDB rejects.
        case name
        /// A value without a BSON form, or nested too deeply.
        case value
        /// A document that exceeds MongoDB's limit.
        case size
        /// Invalid BSON.
        case damaged
    }

    let kind: Kind
    let reason: String

    /// The error for a caller's document or query.
    func error(_ context: Context?) -> ApplicationError {
        let code =
            switch kind {
            case .name: "BAD_FIELD_NAME"
            case .value: "CANNOT_STORE"
            case .size: "DOCUMENT_TOO_LARGE"
            case .damaged: "BAD_BSON"
            }
        return .badRequest(code: code, reason, traceId: context?.traceId)
    }

    static func name(_ name: String, in path: String = "") -> BSONFault {
        BSONFault(
            kind: .name,
            reason:
                "The field name '\(name.shortened)'\(path.isEmpty ? "" : " in '\(path)'") cannot be stored in MongoDB; "
                + "expected one without '.' and NUL that does not begin with '$'")
    }

    static func size(_ count: Int) -> BSONFault {
        BSONFault(
            kind: .size,
            reason: "A document of \(count) bytes is too large for MongoDB; expected at most \(BSONLimits.documentSize)"
        )
    }

    static let depth = BSONFault(
        kind: .value, reason: "A value is nested more than \(BSONLimits.depth) levels deep, more than MongoDB accepts")
    static func damaged(_ what: String) -> BSONFault {
        BSONFault(kind: .damaged, reason: "The BSON is damaged: \(what)")
    }
}
