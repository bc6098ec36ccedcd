import Glibc
import PipServices

/// `make bench`: this project beside raw baselines, in one run, interleaved, as ratios. See docs/benchmarks.md.
@main
struct Benchmarks {
    static func main() async {
        // `--serve plain` and `--serve full`: this executable is the service of the REST rows too.
        if let index = CommandLine.arguments.firstIndex(of: "--serve") {
            await RestServer.run(CommandLine.arguments.dropFirst(index + 1))
        }
        guard let options = Options(CommandLine.arguments.dropFirst()) else {
            print(Options.usage)
            exit(2)
        }
        ChildProcess.stopAllOnSignals()
        raiseDescriptorLimit()
        retainFreedMemory()

        var table = Table()
        var failures: [String] = []
        func run(_ group: Options.Group, _ measure: () async throws -> Void) async {
            guard options.runs(group) else { return }
            do {
                try await measure()
            } catch {
                failures.append("\(group.rawValue): \(error)")
            }
        }

        do {
            let folder = try WorkFolder()
            defer { folder.remove() }
            await run(.http) { try measureRequests(options, folder, &table) }
            await run(.rest) { try measureRest(options, folder, &table) }
            await run(.python) { try measurePython(options, folder, &table) }
            await run(.start) { try measureStarts(options, folder, &table) }
            await run(.container) {
                table.add(try await containerRow(options))
                try await measureContainerGrowth(options, &table)
            }
            await run(.expressions) { try measureExpressions(options, folder, &table) }
            await run(.growth) { try measureParserGrowth(options, &table) }
            await run(.validation) { table.add(try validationRow(options)) }
            await run(.values) {
                try measureValues(options, &table)
                try measureValueGrowth(options, &table)
            }
            await run(.cache) { try await measureCache(options, &table) }
            #if PIP_REDIS
            await run(.redis) { try await measureRedis(options, folder, &table) }
            #endif
            await run(.observability) {
                try await measureObservability(options, &table)
                try await measurePrometheus(options, &table)
            }
            await run(.client) { try await measureClients(options, folder, &table) }
            await run(.data) {
                try await measurePersistence(options, &table)
                try await measureFiles(options, folder, &table)
            }
            await run(.messaging) { try await measureMessaging(options, folder, &table) }
            #if PIP_MEMCACHED
            await run(.memcached) { try await measureMemcached(options, folder, &table) }
            #endif
            #if PIP_MONGODB
            await run(.mongodb) { try await measureMongoDB(options, folder, &table) }
            #endif
            #if PIP_MQTT
            await run(.mqtt) { try await measureMQTT(options, folder, &table) }
            #endif
            #if PIP_ACTIVEMQ
            await run(.stomp) { try await measureSTOMP(options, folder, &table) }
            #endif
            #if PIP_AMQP
            await run(.amqp) { try await measureAMQP(options, folder, &table) }
            #endif
            #if PIP_AWS
            await run(.aws) { try measureAWS(options, folder, &table) }
            #endif
            #if PIP_AZURE
            await run(.azure) { try measureAzure(options, folder, &table) }
            #endif
            #if PIP_GRPC
            await run(.grpc) { try await measureGRPC(options, folder, &table) }
            #endif
            #if PIP_CURL
            await run(.load) { try await measureMixedLoad(options, folder, &table) }
            #endif
        } catch {
            failures.append("\(error)")
        }

        print(table.text, terminator: "")
        for failure in failures {
            print("could not run: \(failure)")
        }
        exit(failures.isEmpty ? 0 : 1)
    }
}

/// Something that kept a row from being measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Tells on standard error what is being measured, since the table comes at the end.
func progress(_ text: String) {
    let line = Array("\(text)\n".utf8)
    write(STDERR_FILENO, line, line.count)
}
