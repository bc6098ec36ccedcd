import PipServices

extension VectorDecision {
    static let grpc = [
        VectorDecision(
            area: "grpc", ops: ["invoke"],
            reason: "an error carries the trace id of its call, which the recorded editions lose",
            applies: { $0["method"] == "dummy.fail" && $0["trace_id"] == "t5" },
            isOurs: { input, got in
                got["error"]?["code"] == "TEST_CODE" && got["error"]?["trace_id"] == input["trace_id"]
            }),
        VectorDecision(
            area: "grpc", ops: ["invoke"],
            reason: "a foreign error is the cause, which the message does not quote; the details are Node's",
            applies: { $0["method"] == "dummy.raise" },
            isOurs: { _, got in
                let error = got["error"]
                return error?["code"] == "EXEC_FAILED" && error?["message"] == "Execution raise failed"
                    && error?["details"]?["command"] == "raise" && error?["cause"] == "boom"
            }),
    ]
}
