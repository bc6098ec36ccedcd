/// A type that says itself what its dynamic form must be like, instead of the schema that ``DerivedSchema`` finds.
///
/// Worth it for types whose `init(from:)` is written by hand, and for rules beyond types:
/// ```swift
/// struct Visit: Decodable, SchemaProviding {
///     var age: Int
///     static var schema: any Schema {
///         ObjectSchema().withRequiredProperty("age", .long, ValueComparisonRule("GE", 18))
///     }
/// }
/// ```
public protocol SchemaProviding {
    /// What the dynamic form must be like. Read once per type when schemas are derived.
    static var schema: any Schema { get }
}
