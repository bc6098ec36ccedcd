/// A type whose properties have snake_case names in JSON and in databases: `siteId` is `site_id` there.
///
/// ```swift
/// struct Visit: Codable, SnakeCaseKeys {
///     var siteId: String     // "site_id"
///     var imageURL: String?  // "image_url"
/// }
/// ```
/// The type then needs no coding keys. The toolkit's encoders and decoders (JSON, messages, files, MongoDB) convert the
/// names, and so do ``DerivedSchema``, ``Field`` and OpenAPI documents. Explicit coding keys are converted too, which
/// changes only those with capital letters. Nested types follow the convention only if they conform as well.
/// Foundation's `JSONEncoder` and `JSONDecoder` do not support the convention; use their key strategies.
public protocol SnakeCaseKeys {}

// MARK: - Internal

/// The naming of a type's coding keys in its encoded form.
struct KeyNaming: Sendable {
    /// The names of the keys themselves.
    static let plain = KeyNaming(isSnakeCase: false)

    private let isSnakeCase: Bool

    private init(isSnakeCase: Bool) { self.isSnakeCase = isSnakeCase }

    init<Value>(_ type: Value.Type) { isSnakeCase = type is any SnakeCaseKeys.Type }

    /// The name of a key.
    func name(_ key: some CodingKey) -> String { isSnakeCase ? Self.snakeCase(key.stringValue) : key.stringValue }

    /// The key in the encoded form, for the paths of errors.
    func encodedKey(_ key: some CodingKey) -> any CodingKey {
        isSnakeCase ? NameKey(name(key)) : key
    }

    /// The key with a name; nil if the type has none.
    func key<Key: CodingKey>(named name: String, as type: Key.Type = Key.self) -> Key? {
        if let key = Key(stringValue: name), self.name(key).isSame(as: name) { return key }
        guard isSnakeCase, let key = Key(stringValue: Self.camelCase(name)), self.name(key).isSame(as: name) else {
            return nil
        }
        return key
    }

    /// The name of a property in snake case: `siteId` as `site_id`, `imageURL` as `image_url`.
    static func snakeCase(_ name: String) -> String {
        guard name.utf8.contains(where: isCapital) else { return name }
        let bytes = Array(name.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 4)
        for (index, byte) in bytes.enumerated() {
            guard isCapital(byte) else {
                result.append(byte)
                continue
            }
            if index > 0, bytes[index - 1] != underscore {
                // The last of several capitals starts the next word: `URLPath`.
                let isNext =
                    index + 1 < bytes.count && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index + 1])
                if !isCapital(bytes[index - 1]) || isNext { result.append(underscore) }
            }
            result.append(byte | 0x20)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func camelCase(_ name: String) -> String {
        var result: [UInt8] = []
        var isStart = false
        for byte in name.utf8 {
            if byte == underscore, !result.isEmpty {
                isStart = true
            } else {
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                result.append(isStart && isLetter ? byte & ~0x20 : byte)
                isStart = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let underscore = UInt8(ascii: "_")

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
}
