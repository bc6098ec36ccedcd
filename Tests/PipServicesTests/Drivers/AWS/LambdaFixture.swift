#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A service that the tests of Lambda run.
final class LambdaTestService: Component, Commandable {
    struct Greet: Codable, Sendable { var name: String }

    let clock = ClockSlot()

    var commands: CommandSet {
        CommandSet {
            Command("greet") { (context, arguments: Greet) in "Hello, \(arguments.name)!" }
            Command("echo") { (context: Context, arguments: Parameters) -> AnyValue? in .map(arguments.values) }
            Command("context") { (context: Context, arguments: Parameters) -> AnyValue? in
                [
                    "trace_id": .string(context.traceId ?? ""), "request": context["aws_request_id"] ?? .null,
                    "arn": context["invoked_function_arn"] ?? .null,
                    "parent": .string(context.traceParent?.parentId ?? ""),
                    "left": .double(context.deadline.map { ($0 - self.clock.uptime).milliseconds } ?? -1),
                ]
            }
            Command("none") { (context: Context, arguments: Parameters) -> AnyValue? in nil }
            Command("fail") { (context: Context, arguments: Parameters) -> AnyValue? in
                throw ApplicationError.notFound(
                    code: "NOT_THERE", "It is not there", details: ["id": arguments["id"] ?? .null])
            }
            Command("crash") { (context: Context, arguments: Parameters) -> AnyValue? in
                throw LambdaTestError()
            }
            Command("sleep") { (context: Context, arguments: Parameters) -> AnyValue? in
                try await self.clock.sleep(for: .seconds(1000))
                return nil
            }
            Command("large") { (context: Context, arguments: Parameters) -> AnyValue? in
                .string(String(repeating: "x", count: 7 << 20))
            }
        }
    }
}

/// The routes of the service.
final class LambdaTestController: RestController {
    let rest = RestHost(baseRoute: "v1")

    var routes: [RestRoute] {
        RestRoute(.post, "/things/:id") { context, request -> AnyValue? in
            [
                "id": .string(try request.parameter("id")),
                "query": .array(request.query.parameters.map { .string("\($0.name)=\($0.value)") }),
                "body": try await request.body.json() ?? .null, "cookie": .string(request.headers["cookie"] ?? ""),
                "address": .string(request.clientAddress ?? ""), "host": .string(request.host ?? ""),
                "trace": .string(context.traceParent?.traceId ?? ""),
                "bounded": .bool(context.deadline != nil),
            ]
        }
        RestRoute(
            .get, "/bytes",
            response: { _, _ in
                RestResponse(
                    headers: [("Content-Type", "image/png"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
                    body: [0x89, 0xFF, 0x00])
            })
        RestRoute(.get, "/long") { _, _ -> String? in String(repeating: "long ", count: 1000) }
    }
}

/// An error whose text must not leave the function.
struct LambdaTestError: Error { let secret = "HIDDEN" }

/// A controller with actions of its own.
final class LambdaTestActions: LambdaController {
    let lambda = LambdaHost(name: "own")

    var actions: [LambdaAction] {
        LambdaAction(
            "sum", schema: ObjectSchema(allowUndefined: true).withRequiredProperty("a", .integer)
        ) { _, event -> Int? in event.getAsInteger("a") + 1 }
        LambdaAction("guarded", authorize: Self.check) { _, _ -> String? in "in" }
        LambdaAction("crash") { _, _ -> String? in throw LambdaTestError() }
    }

    private static let check: LambdaAction.Authorizer = { context, event in
        guard event.getAsString("key") == "right" else {
            throw ApplicationError.unauthorized(code: "NOT_SIGNED", "no", traceId: context.traceId)
        }
    }

    var interceptors: [LambdaInterceptor] {
        [
            LambdaInterceptor { context, event, next in
                if event.getAsBoolean("stop") { return "stopped" }
                return try await next(context, event)
            }
        ]
    }
}

enum LambdaFixture {
    static let factory = Factory()
        .register("test:service:default:*:1.0") { LambdaTestService() }
        .register("test:controller:rest:*:1.0") { LambdaTestController() }
        .register("test:controller:lambda:*:1.0") { LambdaTestActions() }

    static let yaml = """
        - descriptor: test:service:default:default:1.0
        - descriptor: test:controller:lambda:default:1.0
        - descriptor: pip-services:controller:commandable-lambda:default:1.0
          name: named
          dependencies: { service: "test:service:*:*:1.0" }
        """

    static let httpYAML =
        yaml + """

            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """

    static func function(service: Bool = true) -> LambdaFunction {
        service
            ? CommandableLambdaFunction("f", service: "test:service:*:*:1.0", factories: [factory]).function
            : LambdaFunction("f", factories: [factory]) {
                LambdaAction("plain") { _, event -> AnyValue? in event["value"] }
            }
    }

    /// Runs a test with an open function.
    static func with<Result: Sendable>(
        _ yaml: String = yaml, _ function: LambdaFunction = function(),
        _ body: (LambdaFunction, TestLambdaClient) async throws -> Result
    ) async throws -> Result {
        await function.container.configure(try ContainerConfigReader.readFromYAML(yaml))
        try await function.open(.empty)
        do {
            let result = try await body(function, TestLambdaClient(function))
            try await function.close(.empty)
            return result
        } catch {
            try? await function.close(.empty)
            throw error
        }
    }
}
#endif
