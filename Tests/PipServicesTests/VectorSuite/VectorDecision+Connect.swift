import PipServices

extension VectorDecision {
    static let connect = [
        VectorDecision(
            area: "connect", ops: ["composite"],
            reason: "one connection is no cluster, whatever the recorded editions say",
            applies: { input in
                let keys = input["config"].map?.keys ?? []
                let several = Set(keys.filter { $0.hasPrefix("connections.") }.map { $0.split(separator: ".")[1] })
                return input["clusterSupported"] == false && several.count <= 1
            },
            isOurs: { _, got in got["$error"]?["code"] != "MULTIPLE_CONNECTIONS_NOT_SUPPORTED" }),
        VectorDecision(
            area: "connect", ops: ["parseUri"],
            reason: "an IPv6 address stands in brackets, and its colons part no port",
            applies: { $0["uri"].string?.contains("[") ?? false },
            isOurs: { _, got in
                got["host"]?.string.map { $0.contains(":") && !$0.contains("[") } ?? false
                    && got["servers"]?.string?.contains("[") ?? false
            }),
        VectorDecision(
            area: "connect", ops: ["parseUri"],
            reason: "a user ends at the last @, so that no part of a password becomes a host",
            applies: { ($0["uri"].string ?? "").filter { $0 == "@" }.count > 1 },
            isOurs: { _, got in got["host"]?.string?.contains("@") == false }),
        VectorDecision(
            area: "connect", ops: ["http", "httpAll"],
            reason: "a setting that can't be read stops the start: a port that is no number",
            applies: { input in
                input["connection.port"].string.map { !$0.isEmpty && Int($0) == nil } ?? false
            },
            isOurs: { _, got in got["$error"]?["code"] == "BAD_CONFIG" }),
        VectorDecision(
            area: "connect", ops: ["http", "httpAll"],
            reason: "without a connection there is nothing to put together",
            applies: { input in !(input.value.map?.keys ?? []).contains { $0.hasPrefix("connection") } },
            isOurs: { _, got in got["$error"]?["code"] == "NO_CONNECTION" }),
    ]
}
