import PipServices

extension VectorDecision {
    static let values = [
        VectorDecision(
            area: "convert",
            ops: [
                "toNullableLong", "toLong", "toLongWithDefault", "toNullableInteger", "toInteger",
                "toIntegerWithDefault",
            ],
            reason: "whole numbers are exact up to 64 bits, and those beyond are the nearest limit",
            applies: { input in
                let value = input.value.map == nil ? input.value : input["value"]
                return DoubleConverter.toNullableDouble(value).map { $0.magnitude >= 0x1p53 } ?? false
            },
            isOurs: { _, got in
                if case .integer(let number) = got { number.magnitude >= 1 << 53 } else { false }
            }),
        VectorDecision(
            area: "values", ops: ["mapGet", "stringMapGet"],
            reason: "false is a value, and its text is Node's",
            applies: { input in
                input["map"][input["key"].string ?? ""] == false && input["getter"].string?.hasSuffix("String") ?? false
            },
            isOurs: { _, got in got == "false" }),
        VectorDecision(
            area: "reflect", ops: ["matchValueTypeByName"],
            reason: "null is of no kind, where the recorded editions fail on it",
            applies: { !$0.has("value") },
            isOurs: { _, got in got == false }),
        VectorDecision(
            area: "validate", ops: ["validate"],
            reason: "a value that is no object is one without properties",
            applies: { $0["schema"]["kind"] == "object" && $0["value"].map == nil },
            isOurs: { input, got in
                let required = (input["schema"]["properties"]?.array ?? []).filter { $0["required"] == true }
                return got.array?.map { $0["path"] } == required.map { $0["name"] }
            }),
    ]

    static let queries = [
        VectorDecision(
            area: "query", ops: ["paging"],
            reason: "the capitals of skip, take and total do not count, since .NET writes them in capitals",
            applies: { $0.value.map?.keys.contains { $0 != $0.lowercased() } ?? false },
            isOurs: { input, got in
                input.value.map?.allSatisfy { VectorMatcher.matches($0.value, got[$0.key.lowercased()] ?? .null) }
                    ?? false
            })
    ]

    static let persistence = [
        VectorDecision(
            area: "persistence", ops: ["sequence"],
            reason: "creating an item whose id is there is a conflict, where the recorded editions keep both",
            applies: { input in
                let created = (input["steps"].array ?? []).filter { $0[0] == "create" }.compactMap {
                    $0[1]?["id"]?.string
                }
                return Set(created).count < created.count
            },
            isOurs: { _, got in got["$error"]?["code"] == "ALREADY_EXISTS" })
    ]

    static let mustache = [
        VectorDecision(
            area: "mustache", ops: ["evaluate"],
            reason: "comments render as nothing, where the recorded editions fail on them",
            applies: { $0["template"].string?.contains("{{!") ?? false },
            isOurs: { _, got in got.string.map { !$0.contains("{{!") } ?? false })
    ]
}
