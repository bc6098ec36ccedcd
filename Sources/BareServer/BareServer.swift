import Glibc

#if PIP_HTTP
import Hummingbird

/// The baseline of the HTTP rows of `make bench`: Hummingbird with nothing of this project around it. With `--lambda`, it is
/// the baseline of a function in AWS Lambda.
@main
struct BareServer {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 2, arguments.first == "--lambda", let port = arguments.last.flatMap({ UInt16($0) }) {
            return LambdaLoop.run(port: port)
        }
        guard let port = port(in: arguments) else {
            print("usage: BareServer [--port N | --lambda PORT]")
            exit(2)
        }

        let router = Router()
        router.get("heartbeat") { _, _ in "ok" }
        let answer = ByteBuffer(string: Self.answer)
        router.post("bytes") { request, context in
            _ = try await request.body.collect(upTo: context.maxUploadSize)
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: answer))
        }
        let store = BeaconStore(count: 100)
        router.post("codable") { request, context in
            let arguments = try await request.decode(as: GetBeacon.self, context: context)
            guard let beacon = store[arguments.beaconID] else { throw HTTPError(.notFound) }
            return beacon
        }
        router.post("small") { request, context in
            let arguments = try await request.decode(as: GetBeacon.self, context: context)
            guard let item = Item.all[arguments.beaconID] else { throw HTTPError(.notFound) }
            return item
        }
        router.post("large") { request, context in
            let arguments = try await request.decode(as: GetBeacon.self, context: context)
            guard let item = Item.all[arguments.beaconID] else { throw HTTPError(.notFound) }
            return ItemPage(around: item)
        }

        var application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                print("listening on 127.0.0.1:\(channel.localAddress?.port ?? port)")
                fflush(nil)
            })
        application.logger.logLevel = .critical
        try await application.runService()
    }

    /// What Beacons answers to get-by-id for the beacon that the benchmark asks for.
    private static let answer =
        #"{"id":"beacon-50","site_id":"site-1","type":"ibeacon","udi":"udi-50","label":"Beacon 50","#
        + #""center":{"type":"Point","coordinates":[1.25,-2.5]},"radius":12.5}"#

    private static func port(in arguments: ArraySlice<String>) -> Int? {
        guard let option = arguments.first else { return 0 }
        guard option == "--port", arguments.count == 2 else { return nil }
        return arguments.last.flatMap { UInt16($0) }.map(Int.init)
    }
}
#else
@main
struct BareServer {
    static func main() {
        print("BareServer needs Hummingbird: build it with the package trait HTTPServer, which is on by default.")
        exit(1)
    }
}
#endif
