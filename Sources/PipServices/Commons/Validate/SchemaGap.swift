/// A type, or a part of one, of which ``DerivedSchema`` finds no schema: values are checked by decoding them.
public struct SchemaGap: Sendable, Hashable {
    /// Where the type stands in the one that was asked for: names joined by dots, `*` for the elements of a list or
    /// dictionary, empty for the type itself.
    public var path: String
    /// The name of the type.
    public var type: String
    /// Why there is none, and what helps.
    public var reason: String

    /// Creates a gap.
    public init(path: String, type: String, reason: String) {
        self.path = path
        self.type = type
        self.reason = reason
    }
}

/// A component that tells the types of which it has no schema, for `--check`. Components with commands need not.
public protocol SchemaReporting: Sendable {
    /// The types; their paths begin with what they belong to.
    var schemaGaps: [SchemaGap] { get }
}

extension SchemaGap {
    /// The same gap at a place that the type stands in.
    func placed(in place: String) -> SchemaGap {
        SchemaGap(path: path.isEmpty ? place : place.appending(path: path), type: type, reason: reason)
    }
}

extension SchemaGap: CustomStringConvertible {
    /// What is said of it: `order.kind (Kind): ...`.
    public var description: String { path.isEmpty ? "\(type): \(reason)" : "\(path) (\(type)): \(reason)" }
}
