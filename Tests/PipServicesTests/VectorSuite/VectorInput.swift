import FoundationEssentials
import PipServices

/// The input of a case, with its encoded values decoded, and the ways to take it apart.
struct VectorInput: Sendable {
    /// An argument that is null or not there. Where the toolkit takes such a call and fails, Swift has no such call.
    struct Missing: Error {}
    /// An argument that the suite does not understand.
    struct Unclear: Error { let what: String }

    let value: AnyValue

    init(_ value: AnyValue) { self.value = value }

    /// A member of the input; null when it is not there.
    subscript(name: String) -> AnyValue { value[name] ?? .null }

    /// Whether a member is there and not null.
    func has(_ name: String) -> Bool { !self[name].isNull }

    /// The whole input as text; empty for null, as the parsers of the toolkit take it.
    var text: String { get throws { value.isNull ? "" : try Self.text(value) } }
    func text(_ name: String) throws -> String { try Self.text(self[name]) }
    func optionalText(_ name: String) throws -> String? { has(name) ? try text(name) : nil }
    func bool(_ name: String) throws -> Bool {
        switch self[name] {
        case .null: return false
        case .bool(let value): return value
        default: throw Unclear(what: name)
        }
    }
    func int(_ name: String) throws -> Int { try Self.int(self[name]) }
    func list(_ name: String) throws -> [AnyValue] { try Self.list(self[name]) }
    func texts(_ name: String) throws -> [String] { try list(name).map(Self.text) }
    func map(_ name: String) throws -> AnyValueMap { try Self.map(self[name]) }

    // MARK: - Values

    static func text(_ value: AnyValue) throws -> String {
        if value.isNull { throw Missing() }
        guard let text = value.string else { throw Unclear(what: "\(value)") }
        return text
    }

    static func int(_ value: AnyValue) throws -> Int {
        switch value {
        case .null: throw Missing()
        case .integer(let number): return Int(number)
        default: throw Unclear(what: "\(value)")
        }
    }

    static func list(_ value: AnyValue) throws -> [AnyValue] {
        if value.isNull { return [] }
        guard let list = value.array else { throw Unclear(what: "\(value)") }
        return list
    }

    static func map(_ value: AnyValue) throws -> AnyValueMap {
        if value.isNull { return [:] }
        guard let map = value.map else { throw Unclear(what: "\(value)") }
        return map
    }

    /// Alternating names and values as pairs; a name without a value at the end is left out.
    static func pairs(_ value: AnyValue) throws -> [(String, AnyValue)] {
        let list = try list(value)
        return stride(from: 0, to: list.count - 1, by: 2).map {
            (StringConverter.toString(list[$0]), list[$0 + 1])
        }
    }
}
