import PipServices

enum ErrorVectors {
    static let operations: VectorOperation.Table = [
        "construct": .init { input in
            let error = try error(
                input.text("class"), try input.optionalText("code"), try input.optionalText("message"),
                try input.optionalText("traceId"))
            return fields(of: error)
        },
        "build": .init { input in
            var error = try error(input.text("class"), "C", "m", "t")
            for call in try input.list("calls") { error = try apply(call, to: error) }
            return allFields(of: error)
        },
        "describe": .init { input in
            var error = try error(
                input.text("class"), try input.optionalText("code"), try input.optionalText("message"),
                try input.optionalText("traceId"))
            for (name, value) in try input.map("details") { error = error.withDetails(name, value) }
            if let cause = try input.optionalText("cause") { error = error.withCause(Foreign(description: cause)) }
            if input.has("status") { error = error.withStatus(try input.int("status")) }
            return try describe(error)
        },
        "describePlain": .init { input in
            // In Swift a text that is thrown is an error with that text.
            return try describe(Foreign(description: try input.text("message")))
        },
        "restore": .init { input in
            guard let description = ErrorDescription(input.value) else { return .null }
            let error = description.applicationError
            var fields = try VectorInput.map(allFields(of: error))
            fields["class"] = .string(classes.first { $0.category == error.category.rawValue }?.name ?? unknownClass)
            return .map(fields)
        },
        "wrap": .init { input in
            // Both texts are prose: these are the errors that they speak of.
            let outer = ApplicationError.invocation(code: "EXEC", "failed", traceId: "t1")
            let cause: ApplicationError
            switch try input.text("cause") {
            case let text where text.hasPrefix("NotFoundException NF"):
                cause = .notFound(code: "NF", "missing", traceId: "t2")
            case let text where text.hasPrefix("ConflictException D"): cause = .conflict(code: "D", "n")
            case let text:
                // A cause that is no application error: its text is what stands in quotes.
                let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
                return allFields(of: outer.wrap(Foreign(description: quoted.count > 2 ? String(quoted[1]) : text)))
            }
            return allFields(of: outer.wrap(cause))
        },
        "fromJson": .init { input in
            let value = try input.value.string.map { try JSONConverter.fromJSON($0) } ?? input.value
            guard let description = ErrorDescription(value) else { return value }
            return try described(description)
        },
    ]

    // MARK: - Errors

    private typealias Create = @Sendable (_ code: String, _ message: String, _ traceId: String?) -> ApplicationError

    /// An error of another library.
    private struct Foreign: Error, CustomStringConvertible { let description: String }

    private static let unknownClass = "UnknownException"

    private static let classes: [(name: String, category: String, create: Create)] = [
        (unknownClass, "Unknown", { .unknown(code: $0, $1, traceId: $2) }),
        ("InternalException", "Internal", { .internal(code: $0, $1, traceId: $2) }),
        ("ConfigException", "Misconfiguration", { .config(code: $0, $1, traceId: $2) }),
        ("InvalidStateException", "InvalidState", { .invalidState(code: $0, $1, traceId: $2) }),
        ("ConnectionException", "NoResponse", { .connection(code: $0, $1, traceId: $2) }),
        ("InvocationException", "FailedInvocation", { .invocation(code: $0, $1, traceId: $2) }),
        ("FileException", "FileError", { .file(code: $0, $1, traceId: $2) }),
        ("BadRequestException", "BadRequest", { .badRequest(code: $0, $1, traceId: $2) }),
        ("UnauthorizedException", "Unauthorized", { .unauthorized(code: $0, $1, traceId: $2) }),
        ("NotFoundException", "NotFound", { .notFound(code: $0, $1, traceId: $2) }),
        ("ConflictException", "Conflict", { .conflict(code: $0, $1, traceId: $2) }),
        ("UnsupportedException", "Unsupported", { .unsupported(code: $0, $1, traceId: $2) }),
        ("ApplicationException", "", { ApplicationError(code: $0, $1, traceId: $2) }),
    ]

    private static func error(
        _ name: String, _ code: String?, _ message: String?, _ traceId: String?
    ) throws -> ApplicationError {
        guard let create = classes.first(where: { $0.name == name })?.create else {
            throw VectorInput.Unclear(what: name)
        }
        let error = create(code ?? "", message ?? "", traceId)
        // Without a message only the initializer helps.
        return message == nil ? ApplicationError(error.category, code: code, nil, traceId: traceId) : error
    }

    private static func apply(_ call: AnyValue, to error: ApplicationError) throws -> ApplicationError {
        let argument = call[1] ?? .null
        switch try VectorInput.text(call[0] ?? .null) {
        case "withCode": return error.withCode(argument.string)
        case "withStatus": return error.withStatus(argument.isNull ? nil : try VectorInput.int(argument))
        case "withDetails": return error.withDetails(try VectorInput.text(argument), call[2] ?? .null)
        case "withTraceId": return error.withTraceId(argument.string)
        case "withStackTrace": return error.withStackTrace(argument.string)
        case "withCause": return error.withCause(Foreign(description: try VectorInput.text(argument)))
        default: throw VectorInput.Unclear(what: "\(call)")
        }
    }

    // MARK: - Fields

    private static func fields(of error: ApplicationError) -> AnyValue {
        [
            "category": .string(error.category.rawValue), "status": VectorValue.integer(error.status),
            "code": .string(error.code), "message": .string(error.message), "trace_id": VectorValue.text(error.traceId),
        ]
    }

    private static func allFields(of error: ApplicationError) -> AnyValue {
        var fields = fields(of: error).map ?? [:]
        fields["cause"] = VectorValue.text(error.cause)
        fields["details"] = error.details.isEmpty ? .null : .map(error.details)
        return .map(fields)
    }

    /// An error as it travels, without what differs from run to run and from language to language.
    private static func describe(_ error: any Error) throws -> AnyValue { try described(ErrorDescription(error)) }

    private static func described(_ description: ErrorDescription) throws -> AnyValue {
        var fields = try VectorInput.map(AnyValue(encoding: description))
        fields.remove("type")
        fields.remove("stack_trace")
        return .map(fields)
    }
}
