/// A registry of the service's OpenAPI documents (the toolkit's `ISwaggerController`).
public protocol SwaggerRegistry: Sendable {
    /// Adds the document at `/<baseRoute>/<swaggerRoute>`.
    func registerOpenAPISpec(baseRoute: String, swaggerRoute: String)
}
