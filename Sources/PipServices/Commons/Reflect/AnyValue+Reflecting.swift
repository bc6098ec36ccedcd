import FoundationEssentials

extension AnyValue {
    /// The dynamic form of any Swift value, found by `Mirror`, for values that are not `Encodable`: for those,
    /// ``init(encoding:)`` gives the names that JSON has.
    ///
    /// Stored properties give a map by name, those of superclasses first; names that start with `_` are left out, as
    /// are computed properties, which Swift does not show. Cases of enumerations give their raw value, else their
    /// name; a case with values a map of one. Durations are milliseconds. An object that is met inside itself is
    /// `.null` there.
    ///
    /// - Throws: BadRequest `TOO_DEEP` beyond 100 levels, `TOO_LARGE` beyond 1,000,000 values.
    public init(reflecting value: Any) throws(ApplicationError) {
        var reflection = Reflection()
        self = try reflection.value(of: value)
    }
}

// MARK: - Internal

/// Takes a Swift value apart.
private struct Reflection {
    static let maxCount = 1_000_000

    private var depth = 0
    private var count = 0
    /// The objects around the present value, to find cycles.
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
        // What shows no properties, such as a function or a type of another library, is known by its text only.
        guard map.isEmpty, ![.struct, .class, .tuple].contains(mirror.displayStyle) else { return .map(map) }
        return .string(String(describing: value))
    }

    /// The key of a dictionary.
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
        case let value as Date: .date(value)
        case let value as Double: .double(value)
        case let value as Float: Double(value.description).map(AnyValue.double) ?? .double(Double(value))
        case let value as any BinaryInteger: Int64(exactly: value).map(AnyValue.integer) ?? .double(Double(value))
        case let value as Data: .string(value.base64EncodedString())
        case let value as UUID: .string(value.uuidString.asciiLowercased)
        case let value as Duration: .integer(value.wholeMilliseconds)
        case let value as Substring: .string(String(value))
        case let value as Character: .string(String(value))
        case let value as any RawRepresentable: simple(value.rawValue)
        default: .none
        }
    }
}
