import PipServices

enum TagsMultiStringVectors {
    static let operations: VectorOperation.Table = [
        "normalizeTag": .init { tag(try VectorInput.text($0.value), TagsProcessor.normalizeTag) },
        "compressTag": .init { tag(try VectorInput.text($0.value), TagsProcessor.compressTag) },
        "equalTags": .init { .bool(TagsProcessor.equalTags($0.value[0]?.string, $0.value[1]?.string)) },
        "normalizeTags": .init { tags(TagsProcessor.normalizeTags(try texts($0.value))) },
        "compressTags": .init { tags(TagsProcessor.compressTags(try texts($0.value))) },
        "normalizeTagList": .init { tags(TagsProcessor.normalizeTagList(try $0.text)) },
        "compressTagList": .init { tags(TagsProcessor.compressTagList(try $0.text)) },
        "extractHashTags": .init { VectorValue.texts(TagsProcessor.extractHashTags(try $0.text)) },
        "extractHashTagsFromValue": .init { input in
            VectorValue.texts(TagsProcessor.extractHashTags(from: input["value"], fields: try input.texts("fields")))
        },
        "multiGet": .init { input in
            VectorValue.text(MultiString(try input.map("map")).get(try input.text("language")))
        },
        "multiLanguages": .init { VectorValue.texts(MultiString(try VectorInput.map($0.value)).languages) },
        "multiFromTuples": .init { try AnyValue(encoding: MultiString(tuples: try VectorInput.list($0.value))) },
        "multiJson": .init { input in
            let text = JSONConverter.toJSON(.map(try VectorInput.map(input.value)))
            let read = try JSONConverter.fromJSON(MultiString.self, text)
            return try JSONConverter.fromJSON(JSONConverter.toJSON(read))
        },
        "multiAppend": .init { input in
            var text = MultiString(try input.map("map"))
            text.append(MultiString(try input.map("other")))
            return try AnyValue(encoding: text)
        },
    ]

    /// A tag that holds nothing: the recorded editions have null, Swift the empty text.
    private static func tag(_ text: String, _ form: (String) -> String) -> AnyValue { nothing(form(text)) }
    private static func tags(_ tags: [String]) -> AnyValue { .array(tags.map(nothing)) }
    private static func nothing(_ tag: String) -> AnyValue { tag.isEmpty ? .null : .string(tag) }
    private static func texts(_ value: AnyValue) throws -> [String] {
        try VectorInput.list(value).map { $0.string ?? "" }
    }
}
