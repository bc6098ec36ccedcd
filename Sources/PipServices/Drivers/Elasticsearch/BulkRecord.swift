/// A log message to send to Elasticsearch. Its id stays the same across retries, so that the server stores only one
/// document for it.
struct BulkRecord: Sendable {
    let id: String
    let message: LogMessage

    /// The record's two lines in a bulk request.
    func lines(index: String, hasType: Bool) -> [UInt8] {
        var action: AnyValueMap = ["_index": .string(index), "_id": .string(id)]
        if hasType { action["_type"] = .string(ElasticSearchSchema.typeName) }
        let newline = UInt8(ascii: "\n")
        return JSONWriter.bytes(of: .map(["index": .map(action)])) + [newline]
            + JSONWriter.bytes(of: message.value) + [newline]
    }
}
