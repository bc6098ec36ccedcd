import PipServices

extension VectorDecision {
    static let errors = [
        VectorDecision(
            area: "errors", ops: ["build"],
            reason: "details keep their kinds, where the recorded editions turn them into text",
            applies: { input in
                input["calls"].array?.contains { $0[0] == "withDetails" && $0[2]?.string == nil } ?? false
            },
            isOurs: { input, got in
                (input["calls"].array ?? []).allSatisfy { call in
                    call[0] != "withDetails" || got["details"]?[call[1]?.string ?? ""] == call[2]
                }
            }),
        VectorDecision(
            area: "errors", ops: ["restore"],
            reason: "an error of a category that is not known keeps its code and message",
            applies: { input in
                !["code", "message"].contains { !input.has($0) }
            },
            isOurs: { input, got in
                got["class"] == "UnknownException" && got["code"] == input["code"] && got["message"] == input["message"]
            }),
        VectorDecision(
            area: "errors", ops: ["fromJson"],
            reason: "fields that a peer left out are filled in: status by category, code UNKNOWN",
            applies: { $0.value.map.map { !$0.keys.contains("code") } ?? false },
            isOurs: { input, got in got["category"] == input["category"] && got["code"] == "UNKNOWN" }),
    ]

    static let observability = [
        VectorDecision(
            area: "observability", ops: ["loggerFilter", "loggerConfigure"],
            reason: "a setting that can't be read stops the start, where the other editions take the default",
            applies: { input in
                input["level"].string.map { LogLevel(settingText: $0) == nil } ?? false
            },
            isOurs: { _, got in got["$error"]?["code"] == "BAD_CONFIG" }),
        VectorDecision(
            area: "observability", ops: ["counters"],
            reason: "a counter needs no name: a measurement never fails",
            applies: { input in input.value.array?.contains { $0[1] == "" } ?? false },
            isOurs: { _, got in got[0]?["name"] == "" }),
        VectorDecision(
            area: "observability", ops: ["counters", "logCounters"],
            reason: "increments are whole numbers and values are numbers: the compiler refuses others",
            applies: { input in
                input.value.array?.contains { call in
                    switch call[2] {
                    case .null?: true
                    case .double?: call[0] == "increment"
                    default: false
                    }
                } ?? false
            },
            isOurs: { _, got in got["$error"] != nil }),
        VectorDecision(
            area: "observability", ops: ["prometheus"],
            reason: "characters that a name can't have become _, and values of labels are escaped: else Prometheus "
                + "refuses all that a service exports",
            applies: { input in
                input["source"].string?.contains("\"") ?? false
                    || input["calls"].array?.contains { $0[1]?.string?.contains { "+ ".contains($0) } ?? false }
                        ?? false
            },
            isOurs: { _, got in
                got == "# TYPE x_y gauge\nx_y{source=\"so\\\"urce\",instance=\"I\"} 1\n"
                    || got == "# TYPE a_b_c_d_e gauge\na_b_c_d_e{source=\"A\",instance=\"I\"} 1\n"
            }),
    ]

    static let http = [
        VectorDecision(
            area: "http", ops: ["request"],
            reason: "sort and correlation_id are no filters (defect 23 of the inventory)",
            applies: { input in
                input["path"].string.map { $0.contains("sort=") || $0.contains("correlation_id=") } ?? false
            },
            isOurs: { _, got in
                guard let filter = got["body"]?["filter"]?.map else { return false }
                return !filter.keys.contains("sort") && !filter.keys.contains("correlation_id")
            }),
        VectorDecision(
            area: "http", ops: ["request"],
            reason: "a foreign error is the cause, which the message does not quote; the details are Node's",
            applies: { $0["path"].string?.hasPrefix("/dummy/raise") ?? false },
            isOurs: { _, got in
                let body = got["body"]
                return body?["code"] == "EXEC_FAILED" && body?["message"] == "Execution raise failed"
                    && body?["details"]?["command"] == "raise" && body?["cause"] == "boom"
            }),
        VectorDecision(
            area: "http", ops: ["request"],
            reason: "an unknown command is told as such",
            applies: { input in
                guard input["method"] == "POST", let path = input["path"].string, path.hasPrefix("/dummy/") else {
                    return false
                }
                let name = path.dropFirst("/dummy/".count).prefix { $0 != "?" }
                return DummyService([]).commands.findCommand(String(name)) == nil
            },
            isOurs: { _, got in got["status"] == 404 && got["body"]?["code"] == "CMD_NOT_FOUND" }),
        VectorDecision(
            area: "http", ops: ["request"],
            reason: "the arguments of a command are an object or an array",
            applies: { input in
                switch input["body"] {
                case .map(let body): body["$text"] != nil
                case .array, .null: false
                default: true
                }
            },
            isOurs: { _, got in got["status"] == 400 && got["body"]?["code"] == "BAD_ARGUMENTS" }),
        VectorDecision(
            area: "http", ops: ["swagger"],
            reason: "OpenAPI has Node's title and lists as required what is (defect 24 of the inventory)",
            applies: { _ in true },
            changing: { .string(titled($0.string ?? "")) }),
        VectorDecision(
            area: "http", ops: ["request"],
            reason:
                "OpenAPI has Node's title and a relative server, lists as required what is, inside objects too, and leaves out "
                + "empty bodies",
            applies: { $0["path"] == "/dummy/swagger" },
            changing: { recorded in
                guard var response = recorded.map, let text = response["body"]?["$text"]?.string else { return .null }
                let place = "\npaths:\n"
                let placed = complete(titled(text)).replacing(place, with: "\nservers:\n  -\n    url: '..'" + place)
                response["body"] = ["$text": .string(placed)]
                return .map(response)
            }),
    ]

    /// A document of Python's with Node's title.
    private static func titled(_ document: String) -> String {
        document.replacing("\n  title: 'CommandableHttpService'\n", with: "\n  title: 'CommandableHttpController'\n")
    }

    /// The document of the dummy service as Python has it, with what Python leaves out and without what is not valid.
    private static func complete(_ document: String) -> String {
        let content = """
                                content:
                                  type: 'string'

            """
        let required = """
                              required:
                                - key

            """
        let empty = """
                  requestBody:
                    content:
                      application/json:
                        schema:

            """
        let responses = "      responses:\n"
        return document.replacing(content, with: content + required).replacing(empty + responses, with: responses)
    }
}
