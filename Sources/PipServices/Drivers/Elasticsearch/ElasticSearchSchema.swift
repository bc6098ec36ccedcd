/// The schema of log documents: the mapping of the other editions, plus the structured fields of a message.
struct ElasticSearchSchema {
    /// True to index message texts for full-text search.
    var indexesMessage: Bool
    /// True for indexes with a type, as in Elasticsearch 6.
    var hasType: Bool

    /// The name of the type, if there is one.
    static let typeName = "log_message"

    /// Returns an index template for an index pattern.
    /// - Parameter isComposable: true for `_index_template`; false for `_template` of older versions.
    func template(_ pattern: String, isComposable: Bool) -> AnyValue {
        let settings: AnyValueMap = ["number_of_shards": 1]
        let body: AnyValueMap = ["settings": .map(settings), "mappings": mappings]
        let names = AnyValue.array([.string(pattern)])
        guard isComposable else {
            return .map(["index_patterns": names, "settings": .map(settings), "mappings": mappings])
        }
        // Higher than the server's built-in templates. Two matching templates need different priorities: the longer
        // name is the more specific one.
        let priority = AnyValue.integer(Int64(201 + pattern.utf8.count))
        return .map(["index_patterns": names, "priority": priority, "template": .map(body)])
    }

    // MARK: - Internal

    private var mappings: AnyValue {
        func field(_ type: String, isIndexed: Bool = true) -> AnyValue {
            .map(["type": .string(type), "index": .bool(isIndexed)])
        }
        let error: AnyValueMap = [
            "type": field("keyword"), "category": field("keyword"), "status": field("integer", isIndexed: false),
            "code": field("keyword"), "message": field("text", isIndexed: false), "details": ["type": "object"],
            "trace_id": field("text", isIndexed: false), "cause": field("text", isIndexed: false),
            "stack_trace": field("text", isIndexed: false),
        ]
        let properties: AnyValueMap = [
            "time": field("date"), "source": field("keyword"), "level": field("keyword"), "trace_id": field("text"),
            "error": .map(["type": "object", "properties": .map(error)]),
            "message": field("text", isIndexed: indexesMessage), "fields": ["type": "object"],
        ]
        let mapping = AnyValue.map(["properties": .map(properties)])
        return hasType ? .map([Self.typeName: mapping]) : mapping
    }
}
