/// Identifies a component by five parts, `group:type:kind:name:version` (the toolkit's `Descriptor`).
///
/// A missing part, written `*`, is a wildcard on either side of a comparison.
public struct Descriptor: Sendable, Hashable {
    /// The owner of the component: `pip-services` for the toolkit's own.
    public var group: String?
    /// The type of the component, such as `logger`.
    public var type: String?
    /// The implementation, such as `console`.
    public var kind: String?
    /// The name that distinguishes components of one kind.
    public var name: String?
    /// The version of the implementation.
    public var version: String?

    /// Creates a descriptor. `*` means nil. An empty part matches only an empty part.
    public init(_ group: String?, _ type: String?, _ kind: String?, _ name: String?, _ version: String?) {
        func part(_ text: String?) -> String? { text == "*" ? nil : text }
        self.group = part(group)
        self.type = part(type)
        self.kind = part(kind)
        self.name = part(name)
        self.version = part(version)
    }

    /// Parses `group:type:kind:name:version`. Spaces around parts are dropped.
    /// - Throws: Misconfiguration `BAD_DESCRIPTOR` unless there are five parts.
    public init(parsing text: String) throws(ApplicationError) {
        let parts = text.parts(separatedBy: ":").map(\.trimmed)
        guard parts.count == 5 else {
            throw ApplicationError.config(
                code: "BAD_DESCRIPTOR",
                "Descriptor '\(text)' has \(parts.count) part(s); expected five: group:type:kind:name:version",
                details: ["descriptor": .string(text)])
        }
        self.init(parts[0], parts[1], parts[2], parts[3], parts[4])
    }

    /// Returns true if all parts have the same code points. A missing part equals only a missing part.
    public static func == (left: Descriptor, right: Descriptor) -> Bool {
        left.type.isSame(as: right.type) && left.kind.isSame(as: right.kind) && left.name.isSame(as: right.name)
            && left.version.isSame(as: right.version) && left.group.isSame(as: right.group)
    }

    /// Returns true if all parts are equal or missing on either side (case-sensitive).
    public func match(_ other: Descriptor) -> Bool {
        func fits(_ left: String?, _ right: String?) -> Bool {
            guard let left, let right else { return true }
            return left.isSame(as: right)
        }
        return fits(type, other.type) && fits(kind, other.kind) && fits(name, other.name)
            && fits(version, other.version) && fits(group, other.group)
    }

    /// Returns true if all parts are equal. A missing part equals only a missing part.
    public func exactMatch(_ other: Descriptor) -> Bool { self == other }

    /// True if no part is missing.
    public var isComplete: Bool { group != nil && type != nil && kind != nil && name != nil && version != nil }

    // MARK: - Internal

    /// Returns this descriptor with its missing parts taken from another one.
    func completed(by other: Descriptor) -> Descriptor {
        Descriptor(
            group ?? other.group, type ?? other.type, kind ?? other.kind, name ?? other.name, version ?? other.version)
    }
}

extension Descriptor: CustomStringConvertible {
    /// The string form. Missing and empty parts are written `*`.
    public var description: String {
        [group, type, kind, name, version].map { $0.flatMap { $0.isEmpty ? nil : $0 } ?? "*" }.joined(separator: ":")
    }
}
