import FoundationEssentials

extension AnyValue {
    /// Creates the dynamic form of any Swift value by `Mirror`. For `Encodable` values use ``init(encoding:)``, which
    /// uses the JSON names.
    ///
    /// Stored properties become a map, those of superclasses first. Computed properties and names that start with `_`
    /// are omitted. A case of an enumeration becomes its raw value, or else its name; a case with associated values
    /// becomes a map with one entry. Durations become milliseconds. An object that contains itself is replaced by
    /// `.null` there.
    ///
    /// - Throws: BadRequest `TOO_DEEP` beyond 100 levels, `TOO_LARGE` beyond 1,000,000 values.
    public init(reflecting value: Any) throws(ApplicationError) {
        var reflection = Reflection()
        self = try reflection.value(of: value)
    }
}

// MARK: - Internal

/// Converts Swift values by reflection.
private struct Reflection {
    static let maxCount = 1_000_000

    private var depth = 0
    private var count = 0
    /// The objects that contain the current value, to detect cycles.
    private var around: Set<ObjectIdentifier> = []

    mutating func value(of value: Any) throws(ApplicationError) -> AnyValue {
        count += 1
        guard count <= Self.maxCount else {
            throw .badRequest(code: "TOO_LARGE", "An object holds more than \(Self.maxCount) values")
        }
        if let simple = Self.simple(value) { return simple }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let wrapped = mirror.children.first?.value else { return .null }
            return try self.value(of: wrapped)
        }
        guard depth < PropertyPath.maxDepth else {
            throw .badRequest(code: "TOO_DEEP", "An object is nested more than \(PropertyPath.maxDepth) levels deep")
        }
        let identity = mirror.displayStyle == .class ? ObjectIdentifier(value as AnyObject) : nil
        if let identity, !around.insert(identity).inserted { return .null }
        depth += 1
        defer {
            depth -= 1
            if let identity { around.remove(identity) }
        }
        return try compound(value, mirror)
    }

    private mutating func compound(_ value: Any, _ mirror: Mirror) throws(ApplicationError) -> AnyValue {
        switch mirror.displayStyle {
        case .collection, .set:
            var values: [AnyValue] = []
            for child in mirror.children { values.append(try self.value(of: child.value)) }
            return .array(values)
        case .dictionary:
            var map = AnyValueMap()
            for child in mirror.children {
                let pair = Mirror(reflecting: child.value).children.map(\.value)
                guard pair.count == 2 else { continue }
                map[Self.text(pair[0])] = try self.value(of: pair[1])
            }
            return .map(map)
        case .enum:
            guard let payload = mirror.children.first else { return .string(String(describing: value)) }
            return .map([payload.label ?? "": try self.value(of: payload.value)])
        default: break
        }
        var map = AnyValueMap()
        for (name, member) in PropertyReflector.members(of: mirror) { map[name] = try self.value(of: member) }
        // A value without visible properties, such as a function or an opaque type, is converted to its description.
        guard map.isEmpty, ![.struct, .class, .tuple].contains(mirror.displayStyle) else { return .map(map) }
        return .string(String(describing: value))
    }

    /// Returns the key of a dictionary as a string.
    private static func text(_ key: Any) -> String {
        simple(key).map { StringConverter.toString($0) } ?? String(describing: key)
    }

    private static func simple(_ value: Any) -> AnyValue? {
        switch value {
        case let value as AnyValue: value
        case let value as AnyValueMap: .map(value)
        case let value as AnyValueArray: .array(value.values)
        case let value as StringValueMap: .map(value.dynamic)
        case let value as Parameters: .map(value.values)
        case let value as String: .string(value)
        case let value as Bool: .bool(value)
        case let value as Date: ValueForm.of(value)
        case let value as Decimal: AnyValue(value)
        case let value as URL: ValueForm.of(value)
        case let value as Double: .double(value)
        case let value as Float: Double(value.description).map(AnyValue.double) ?? .double(Double(value))
        case let value as any BinaryInteger: Int64(exactly: value).map(AnyValue.integer) ?? .double(Double(value))
        case let value as Data: ValueForm.of(value)
        case let value as UUID: ValueForm.of(value)
        case let value as Duration: ValueForm.of(value)
        case let value as Substring: .string(String(value))
        case let value as Character: .string(String(value))
        case let value as any RawRepresentable: simple(value.rawValue)
        default: .none
        }
    }
}
