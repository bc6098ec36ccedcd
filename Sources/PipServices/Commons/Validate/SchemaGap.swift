/// A type, or a part of one, for which ``DerivedSchema`` finds no schema. Its values are checked by decoding.
public struct SchemaGap: Sendable, Hashable {
    /// The path of the type within the examined type: names joined by dots, `*` for the elements of a list or
    /// dictionary, empty for the type itself.
    public var path: String
    /// The name of the type.
    public var type: String
    /// Why there is no schema, and how to fix that.
    public var reason: String

    /// Creates a gap.
    public init(path: String, type: String, reason: String) {
        self.path = path
        self.type = type
        self.reason = reason
    }
}

/// A component that reports types without a schema to `--check`. Components with commands do not need it.
public protocol SchemaReporting: Sendable {
    /// The gaps. Each path starts with the part of the component that the type belongs to.
    var schemaGaps: [SchemaGap] { get }
}

extension SchemaGap {
    /// Returns the same gap with a path below `place`.
    func placed(in place: String) -> SchemaGap {
        SchemaGap(path: path.isEmpty ? place : place.appending(path: path), type: type, reason: reason)
    }
}

extension SchemaGap: CustomStringConvertible {
    /// The message: `order.kind (Kind): ...`.
    public var description: String { path.isEmpty ? "\(type): \(reason)" : "\(path) (\(type)): \(reason)" }
}
