/// The name of a type and of its library, `name,library` (the toolkit's `TypeDescriptor`).
///
/// Swift can't load a type by its name: use this only to read what other editions write. Components are created by a
/// ``Descriptor`` and a ``Factory``.
public struct TypeDescriptor: Sendable, Hashable {
    /// The name of the type.
    public let name: String
    /// The name of the library; nil matches any library.
    public let library: String?

    /// Creates a descriptor.
    public init(_ name: String, library: String? = nil) {
        self.name = name
        self.library = library
    }

    /// Parses `name` or `name,library`, both trimmed. An empty string returns nil.
    /// - Throws: Misconfiguration `BAD_DESCRIPTOR` if there are more than two parts.
    public init?(parsing text: String) throws(ApplicationError) {
        guard !text.isEmpty else { return nil }
        let parts = text.parts(separatedBy: ",", maxSplits: 2)
        guard parts.count <= 2 else {
            throw .config(
                code: "BAD_DESCRIPTOR", "A type descriptor has one or two parts, separated by a comma",
                details: ["descriptor": .string(text)])
        }
        name = parts[0].trimmed
        library = parts.count > 1 ? parts[1].trimmed : nil
    }

    /// Returns true if name and library have the same code points. A missing library equals only a missing library.
    public static func == (left: TypeDescriptor, right: TypeDescriptor) -> Bool {
        left.name.isSame(as: right.name) && left.library.isSame(as: right.library)
    }

    /// Returns true if the names are equal, and the libraries are equal or one of them is missing. `==` compares
    /// exactly.
    public func equals(_ other: TypeDescriptor) -> Bool {
        guard name.isSame(as: other.name) else { return false }
        guard let library, let theirs = other.library else { return true }
        return library.isSame(as: theirs)
    }
}

extension TypeDescriptor: CustomStringConvertible {
    /// The string form that ``init(parsing:)`` reads.
    public var description: String { library.map { "\(name),\($0)" } ?? name }
}
