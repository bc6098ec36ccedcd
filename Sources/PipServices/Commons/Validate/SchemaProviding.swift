/// A type that provides the schema of its dynamic form, instead of the one that ``DerivedSchema`` derives.
///
/// Use it for rules beyond types, see ``SchemaRules``, and for types with a hand-written `init(from:)`:
/// ```swift
/// struct Visit: Decodable, SchemaProviding {
///     var age: Int
///     static var schema: any Schema { SchemaRules(Visit.self).with(\.age, .range(18...)).schema }
/// }
/// ```
public protocol SchemaProviding {
    /// The schema of the dynamic form. Read once per type when schemas are derived.
    static var schema: any Schema { get }
}
