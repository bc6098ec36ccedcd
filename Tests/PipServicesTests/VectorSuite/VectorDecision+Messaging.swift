import PipServices

extension VectorDecision {
    static let messaging = [
        VectorDecision(
            area: "messaging", ops: ["capabilities"],
            reason: "dead letters are kept, where the recorded queues drop them",
            applies: { $0.value == "memory" }, isOurs: { _, got in got["deadLetter"] == true }),
        VectorDecision(
            area: "messaging", ops: ["sequence"],
            reason: "a message that is delivered again is not counted as sent again",
            applies: { has($0, "abandon") && has($0, "counters") && !has($0, "complete") },
            isOurs: { _, got in
                got.array?.last == ["queue.q1.sent_messages": 2, "queue.q1.received_messages": 3]
            }),
        VectorDecision(
            area: "messaging", ops: ["sequence"],
            reason: "a lock lasts as long as options.lock_timeout says, and a message whose lock ended is not dropped",
            applies: { has($0, "sleep") && has($0, "abandon") },
            isOurs: { _, got in got == [nil, "a", nil, nil, 1, "a"] }),
        VectorDecision(
            area: "messaging", ops: ["sequence"], reason: "a second settlement of a message is an error",
            applies: { has($0, "complete") && has($0, "abandon") },
            isOurs: { _, got in
                (3...5).allSatisfy { got[$0]?["$error"]?["code"] == "ALREADY_SETTLED" } && got[6] == 0
            }),
        VectorDecision(
            area: "messaging", ops: ["sequence"],
            reason: "a queue that is closed is not used, and still has its messages when it is opened again",
            applies: { has($0, "close") && has($0, "count") },
            isOurs: { _, got in got[3]?["$error"]?["code"] == "NOT_OPENED" && got[5] == "a" }),
    ]

    private static func has(_ input: VectorInput, _ step: String) -> Bool {
        input["steps"].array?.contains { $0[0]?.string == step } ?? false
    }
}
