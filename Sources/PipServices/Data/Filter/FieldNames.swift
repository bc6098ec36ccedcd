/// The JSON names of fields that are defined by key paths; each is derived once.
enum FieldNames {
    private struct Key: Hashable {
        let path: AnyKeyPath & Sendable

        static func == (first: Key, second: Key) -> Bool { (first.path as AnyKeyPath) == (second.path as AnyKeyPath) }
        func hash(into hasher: inout Hasher) { hasher.combine(path as AnyKeyPath) }
    }

    /// The cache is bounded, because key paths can be created at run time with any number of subscripts.
    private static let maximum = 10_000
    private static let known = Locked<[Key: String?]>([:])

    /// Returns the path of a field; nil if it can't be derived.
    static func find<Item: Decodable, Value>(
        _ keyPath: KeyPath<Item, Value> & Sendable, _ read: @Sendable (Item) -> AnyValue
    ) -> String? {
        let key = Key(path: keyPath)
        if let known = known.withLock({ $0[key] }) { return known }
        // Outside the lock, because it decodes the type. A second thread derives the same path.
        let path = SchemaFields.path(
            of: keyPath, differs: { read($0) != read($1) },
            fits: { item, path in
                guard let encodable = item as? any Encodable, let document = try? AnyValue(encoding: encodable) else {
                    return true
                }
                return path.reduce(document) { $0[$1] ?? .null } == read(item)
            }
        )?.joined(separator: ".")
        known.withLock { known in
            if known.count >= maximum { known = [:] }
            known[key] = .some(path)
        }
        return path
    }

    /// Returns the placeholder for the path of a field without a name. Databases reject it.
    static func placeholder(_ keyPath: AnyKeyPath) -> String { "$" + (property(keyPath) ?? "computed") }

    /// Returns the error for a field without a name.
    static func problem(_ keyPath: AnyKeyPath) -> ApplicationError {
        let type = String(describing: Swift.type(of: keyPath).rootType)
        let property = property(keyPath)
        return .internal(
            code: "NO_FIELD_NAME",
            "No name in JSON is found for "
                + (property.map { "the property '\($0)' of \(type), which decoding does not show" }
                    ?? "a computed property of \(type)")
                + "; state the name, as in Field(\"name\", \\.\(property ?? "property"))",
            details: ["property": property.map(AnyValue.string) ?? .null, "type": .string(type)])
    }

    /// Returns the property's Swift name; nil for a computed property, whose name is unknown at run time.
    private static func property(_ keyPath: AnyKeyPath) -> String? {
        let components = SchemaFields.components(of: keyPath)
        let isStored = !components.isEmpty && !components.contains { $0.contains(scalar: "<") }
        return isStored ? components.joined(separator: ".") : nil
    }
}
