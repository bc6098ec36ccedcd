import PipServices

enum QueryVectors {
    static let operations: VectorOperation.Table = [
        "paging": .init { try AnyValue(encoding: PagingParams($0.value)) },
        "pagingTuples": .init {
            try AnyValue(encoding: PagingParams(.map(AnyValueMap(try VectorInput.pairs($0.value)))))
        },
        "pagingNew": .init { input in
            let parts: [AnyValue?] = try VectorInput.list(input.value).map { $0.isNull ? .none : .some($0) }
            guard parts.count == 3 else { throw VectorInput.Unclear(what: "\(input.value)") }
            let skip = try parts[0].flatMap { Int64(try VectorInput.int($0)) }
            let take = try parts[1].flatMap { Int64(try VectorInput.int($0)) }
            return try AnyValue(encoding: PagingParams(skip: skip, take: take, total: parts[2] == .bool(true)))
        },
        "getSkip": .init { input in
            let skip = try input.has("skip") ? Int64(input.int("skip")) : nil
            return .integer(PagingParams(skip: skip).getSkip(Int64(try input.int("min"))))
        },
        "getTake": .init { input in
            let take = try input.has("take") ? Int64(input.int("take")) : nil
            return .integer(PagingParams(take: take).getTake(Int64(try input.int("max"))))
        },
        "tokenized": .init { try AnyValue(encoding: TokenizedPagingParams($0.value)) },
        "tokenizedGetTake": .init { input in
            let take = try input.has("take") ? Int64(input.int("take")) : nil
            return .integer(TokenizedPagingParams(take: take).getTake(Int64(try input.int("max"))))
        },
        "projectionFromString": .init { input in
            let texts = try VectorInput.list(input.value).map(VectorInput.text)
            return VectorValue.texts(try ProjectionParams(parsing: texts).fields)
        },
        "projectionFromValue": .init { VectorValue.texts(ProjectionParams($0.value).fields) },
        "projectionToString": .init { input in
            .string(ProjectionParams(try VectorInput.list(input.value).map(VectorInput.text)).description)
        },
        "filterFromString": .init { filter(FilterParams(parsing: try $0.text)) },
        "filterFromTuples": .init { filter(FilterParams(.map(AnyValueMap(try VectorInput.pairs($0.value))))) },
        "filterFromValue": .init { filter(FilterParams($0.value)) },
        "sort": .init { input in
            let fields = try VectorInput.list(input.value).map { field in
                SortField(try VectorInput.text(field[0] ?? .null), ascending: field[1] == .bool(true))
            }
            return try AnyValue(encoding: SortParams(fields).fields)
        },
        "dataPageJson": .init { input in
            let total = try input.has("total") ? Int64(input.int("total")) : nil
            return try AnyValue(encoding: DataPage(try input.list("data"), total: total))
        },
        "idShort": .init { input in
            let ids = try (0..<VectorInput.int(input.value)).map { _ in IdGenerator.nextShort() }
            return lengths(ids, "digitsOnly", of: "0123456789")
        },
        "idLong": .init { input in
            let ids = try (0..<VectorInput.int(input.value)).map { _ in IdGenerator.nextLong() }
            return lengths(ids, "lowerHexOnly", of: "0123456789abcdef")
        },
    ]

    private static func filter(_ filter: FilterParams) -> AnyValue {
        .map(AnyValueMap(filter.keys.map { ($0, VectorValue.text(filter[$0])) }))
    }

    private static func lengths(_ ids: [String], _ name: String, of letters: String) -> AnyValue {
        let lengths = Set(ids.map(\.count))
        let length: AnyValue = lengths.count == 1 ? VectorValue.integer(lengths.first) : .null
        return .map(["length": length, name: .bool(ids.allSatisfy { $0.allSatisfy(letters.contains) })])
    }
}
