/// The arguments of a command that returns a page: `filter` and `paging`, each optional.
///
/// ```swift
/// Command("get_beacons") { (context, page: PageArguments) in
///     try await service.getBeacons(context, page.filter, page.paging)
/// }
/// ```
public struct PageArguments: Sendable {
    /// The filter; empty if the caller specifies none.
    public var filter: FilterParams
    /// The page to return; the default page if the caller specifies none.
    public var paging: PagingParams

    /// Creates arguments.
    public init(filter: FilterParams = FilterParams(), paging: PagingParams = PagingParams()) {
        self.filter = filter
        self.paging = paging
    }
}

extension PageArguments: Codable, SchemaProviding {
    private enum CodingKeys: CodingKey { case filter, paging }

    /// Reads `filter` and `paging`, which may be missing or null.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        filter = try fields.decodeIfPresent(FilterParams.self, forKey: .filter) ?? FilterParams()
        paging = try fields.decodeIfPresent(PagingParams.self, forKey: .paging) ?? PagingParams()
    }

    /// ``FilterParamsSchema`` and ``PagingParamsSchema``.
    public static var schema: any Schema {
        ObjectSchema(allowUndefined: true).withOptionalProperty("filter", .schema(FilterParamsSchema()))
            .withOptionalProperty("paging", .schema(PagingParamsSchema()))
    }
}
