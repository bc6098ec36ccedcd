#if PIP_AWS
/// Composes requests of the query protocol.
enum AWSQuery {
    /// Returns a form: elements of lists are named `<name>.member.<n>`, members of maps `<name>.<member>`.
    static func form(_ operation: String, version: String, _ input: AnyValueMap) -> [UInt8] {
        var fields = [("Action", operation), ("Version", version)]
        for (name, value) in input { add(value, name, &fields) }
        return Array(fields.map { "\(AWSText.encoded($0))=\(AWSText.encoded($1))" }.joined(separator: "&").utf8)
    }

    // MARK: - Internal

    private static func add(_ value: AnyValue, _ name: String, _ fields: inout [(String, String)]) {
        switch value {
        case .null: break
        case .map(let map): for (key, value) in map { add(value, "\(name).\(key)", &fields) }
        case .array(let values):
            for (index, value) in values.enumerated() { add(value, "\(name).member.\(index + 1)", &fields) }
        default: fields.append((name, StringConverter.toString(value)))
        }
    }
}
#endif
