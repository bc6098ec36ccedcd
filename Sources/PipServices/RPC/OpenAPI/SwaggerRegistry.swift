/// Keeps a list of the OpenAPI documents that a service offers (the toolkit's `ISwaggerController`).
public protocol SwaggerRegistry: Sendable {
    /// Adds the document at `/<baseRoute>/<swaggerRoute>`.
    func registerOpenAPISpec(baseRoute: String, swaggerRoute: String)
}
