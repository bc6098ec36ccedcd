import Foundation
import Testing

/// Beacons on a file.
@Suite struct FilePersistenceTests {
    private static func beacon(_ id: String) -> String { #"{"beacon":{"id":"\#(id)","site_id":"1","udi":"\#(id)"}}"# }

    private static func run<Result>(
        _ file: URL, _ body: (RunningService) async throws -> Result
    ) async throws -> Result {
        try await RunningService.run(environment: ["FILE_ENABLED": "true", "FILE_PATH": file.path], body)
    }

    @Test func dataSurviveARestart() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "data/beacons.json")
        try await Self.run(file) { service async throws in
            for id in ["1", "2"] {
                #expect(try await service.call("create_beacon", Self.beacon(id)).status == 200)
            }
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
        }
        let items = try JSON(parsing: String(decoding: Data(contentsOf: file), as: UTF8.self))
        #expect(items.elements?.map { $0["id"] } == ["1", "2"])
        #expect(!FileManager.default.fileExists(atPath: file.path + ".journal"))
        try await Self.run(file) { service async throws in
            #expect(try await service.call("get_beacon_by_id", #"{"beacon_id":"2"}"#).json["udi"] == "2")
        }
    }

    @Test("The sample quotes its variables: a path is used unchanged", arguments: ["my #1.json", "0123", "a: b.json"])
    func pathsAreUsedAsTheyAre(name: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: name)
        try await Self.run(file) { service async throws in
            #expect(try await service.call("create_beacon", Self.beacon("1")).status == 200)
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [name])
    }

    @Test("Removing the data folder fails the next write and the exit code, and callers see no path")
    func removedFolder() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "data/beacons.json")
        try await Self.run(file) { service async throws in
            #expect(try await service.call("create_beacon", Self.beacon("1")).status == 200)
            try FileManager.default.removeItem(at: file.deletingLastPathComponent())
            let answer = try await service.call("create_beacon", Self.beacon("2"))
            #expect(answer.status == 500)
            #expect(try answer.json["code"] == "WRITE_FAILED")
            #expect(!answer.body.contains("beacons.json"))
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(1))
            #expect(service.process.errors.contains("removed or replaced"))
            #expect(service.process.errors.contains("failed to close: beacons:persistence:file:default:1.0"))
        }
    }

    /// The page cache survives a killed process, so that this shows nothing about syncing: `CrashTests` does.
    @Test func whatWasAnsweredSurvivesAKilledProcess() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "beacons.json")
        var created: [String] = []
        for round in 0..<20 {
            let answered = try await Self.run(file) { service async throws in
                let found = try await service.call("get_beacons", #"{"paging":{"total":true}}"#).json
                #expect(found["total"] == .number(Double(created.count)), "round \(round)")
                let ids = (0..<4).map { "\(round)-\($0)" }
                return try await withThrowingTaskGroup(of: String?.self) { group in
                    for id in ids {
                        group.addTask {
                            let answer = try? await service.call("create_beacon", Self.beacon(id))
                            return answer?.status == 200 ? id : nil
                        }
                    }
                    // Killed while others may still be under way.
                    var answered: [String] = []
                    for try await id in group {
                        if let id { answered.append(id) }
                        if answered.count == 2 { service.process.send(SIGKILL) }
                    }
                    #expect(try await service.process.end() == .signal(SIGKILL))
                    return answered
                }
            }
            #expect(answered.count >= 2, "round \(round)")
            created += answered
            // What was under way may have been stored too.
            try await Self.run(file) { service async throws in
                for id in answered {
                    let found = try await service.call("get_beacon_by_id", "{\"beacon_id\":\"\(id)\"}")
                    #expect(try found.json["id"] == .string(id), "round \(round)")
                }
                let total = try await service.call("get_beacons", #"{"paging":{"total":true}}"#).json["total"]
                guard case .number(let count)? = total else { throw Failure("no total: \(String(describing: total))") }
                #expect(Int(count) >= created.count)
                created += (created.count..<Int(count)).map { "more \($0)" }
            }
        }
    }
}
