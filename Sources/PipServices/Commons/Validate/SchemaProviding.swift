/// A type that says itself what its dynamic form must be like, instead of the schema that ``DerivedSchema`` finds.
///
/// Worth it for rules beyond types, see ``SchemaRules``, and for types whose `init(from:)` is written by hand:
/// ```swift
/// struct Visit: Decodable, SchemaProviding {
///     var age: Int
///     static var schema: any Schema { SchemaRules(Visit.self).with(\.age, .range(18...)).schema }
/// }
/// ```
public protocol SchemaProviding {
    /// What the dynamic form must be like. Read once per type when schemas are derived.
    static var schema: any Schema { get }
}
