import PipServices

/// How an operation of the vectors is carried out.
struct VectorOperation: Sendable {
    /// A case whose operation is built in part, but not for this: `with rules`.
    struct NotBuilt: Error {
        let what: String
        init(_ what: String) { self.what = what }
    }

    /// Carries the operation out. Errors become results.
    let run: @Sendable (VectorInput) async throws -> AnyValue
    /// Compares a recorded result with one that was got.
    let accepts: @Sendable (_ expected: AnyValue, _ got: AnyValue) -> Bool

    init(
        accepts: @escaping @Sendable (_ expected: AnyValue, _ got: AnyValue) -> Bool = VectorMatcher.matches,
        _ run: @escaping @Sendable (VectorInput) async throws -> AnyValue
    ) {
        self.run = run
        self.accepts = accepts
    }

    /// Operations by name.
    typealias Table = [String: VectorOperation]

    /// All operations that are built, by area.
    static let all: [String: Table] = [
        "commands": CommandVectors.operations, "config": ConfigVectors.operations,
        "config_readers": ConfigReaderVectors.operations, "connect": ConnectVectors.operations,
        "container_config": ContainerConfigVectors.operations,
        "convert": ConvertVectors.operations, "descriptor": DescriptorVectors.operations,
        "errors": ErrorVectors.operations, "expressions": ExpressionVectors.operations, "grpc": grpc,
        "http": HTTPVectors.operations,
        "logic": LogicVectors.operations, "messaging": MessagingVectors.operations,
        "mustache": MustacheVectors.operations,
        "observability": ObservabilityVectors.operations, "parameters": ParameterVectors.operations,
        "persistence": PersistenceVectors.operations, "query": QueryVectors.operations,
        "references": ReferenceVectors.operations, "reflect": ReflectVectors.operations,
        "tags_multistring": TagsMultiStringVectors.operations, "tokenizers": TokenizerVectors.operations,
        "validate": ValidateVectors.operations, "values": ValueVectors.operations,
        "variants": VariantVectors.operations,
    ]

    private static var grpc: Table {
        #if PIP_GRPC
        GRPCVectors.operations
        #else
        [:]
        #endif
    }
}
