import Glibc

/// A service under measurement, answering on a port of the loopback address.
struct Server {
    let process: ChildProcess
    let port: UInt16

    /// Beacons with its sample configuration, or another one, and more variables for it.
    static func beacons(
        _ options: Options, config: String? = nil, logLevel: String, environment: [String: String] = [:],
        in folder: WorkFolder
    ) throws -> Server {
        let port = try freePort()
        let variables = ["HTTP_PORT": "\(port)", "LOG_LEVEL": logLevel].merging(environment) { $1 }
        let process = try ChildProcess(
            "beacons-\(logLevel)", [options.beacons, "-c", config ?? options.config], environment: variables,
            in: folder)
        return Server(process: process, port: port)
    }

    /// Hummingbird alone.
    static func bare(_ options: Options, in folder: WorkFolder) throws -> Server {
        let port = try freePort()
        return Server(process: try ChildProcess("bare", [options.bare, "--port", "\(port)"], in: folder), port: port)
    }

    /// A REST controller of this project with the routes that the bare server has too.
    static func rest(_ mode: RestServer.Mode, in folder: WorkFolder) throws -> Server {
        let port = try freePort()
        let process = try ChildProcess(
            "rest-\(mode.rawValue)", ["/proc/self/exe", "--serve", mode.rawValue, "\(port)"], in: folder)
        return Server(process: process, port: port)
    }

    /// Beacons on the toolkit's Python edition.
    static func python(_ options: Options, in folder: WorkFolder) throws -> Server {
        let port = try freePort()
        let config = options.peer.hasSuffix(".py") ? String(options.peer.dropLast(3)) + ".yml" : options.peer + ".yml"
        let process = try ChildProcess(
            "python", [options.python, options.peer, "-c", config],
            environment: ["HTTP_PORT": "\(port)", "LOG_LEVEL": "info"], in: folder)
        return Server(process: process, port: port)
    }

    /// Asks for /heartbeat, each time over a fresh connection, until it is answered.
    func waitForFirstAnswer(pause: UInt32) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try call(port, "GET", "/heartbeat")?.status != 200 {
            guard process.isRunning else { throw process.failure("ended before it answered /heartbeat") }
            guard .now < deadline else { throw process.failure("did not answer /heartbeat within 30 s") }
            usleep(pause)
        }
    }

    /// Creates what the bare server has from its start.
    func createBeacons() throws {
        for number in 1...100 {
            let beacon = """
                {"beacon":{"id":"beacon-\(number)","site_id":"site-1","type":"ibeacon","udi":"udi-\(number)",\
                "label":"Beacon \(number)","center":{"type":"Point","coordinates":[1.25,-2.5]},"radius":12.5}}
                """
            let answer = try call(port, "POST", "/v1/beacons/create_beacon", body: beacon)
            guard let answer, (200...201).contains(answer.status) else {
                let text = answer.map { "\($0.status) \($0.body)" } ?? "nothing"
                throw process.failure("answered create_beacon with \(text)")
            }
        }
    }
}
