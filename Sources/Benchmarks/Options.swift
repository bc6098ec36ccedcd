/// What the command line says.
struct Options {
    /// A group of rows that is measured together.
    enum Group: String, CaseIterable {
        case http
        case rest
        case python
        case start
        case container
        case expressions
        case growth
        case validation
        case values
        case cache
        case redis
        case observability
        case client
        case data
        case messaging
        case memcached
        case mongodb
        case mqtt
        case stomp
        case amqp
        case aws
        case azure
        case grpc
        case load
    }

    static let usage = """
        usage: Benchmarks [--quick] [--load-seconds N] [--only NAME]...
                          [--beacons FILE] [--config FILE] [--bare FILE] [--lambda FOLDER] [--python FILE] [--peer FILE] [--wrk FILE]

        --quick      fewer and shorter rounds, for a first look
        --load-seconds  how long each mixed load on Beacons goes on, 2.5 by default
        --only NAME  measures only \(Group.allCases.map(\.rawValue).joined(separator: ", ")); can be repeated
        --beacons    the executable of Beacons, and --config its configuration
        --beacons-grpc  the executable of Beacons with the gRPC driver
        --lambda     the folder with the packaged function of scripts/lambda.sh
        --bare       the executable of the Hummingbird baseline
        --python     the interpreter with the toolkit's Python edition, and --peer the service that it runs
        --wrk        the load generator
        """

    var isQuick = false
    var loadSeconds = 2.5
    var only: [Group] = []
    var beacons = ".build-release/release/beacons"
    var beaconsWithGRPC: String?
    var lambda: String?
    var config = "Sources/Beacons/config/config.yml"
    var bare = ".build-release/release/BareServer"
    var python = ".build/venv/bin/python"
    var peer = "Sources/Benchmarks/Peers/beacons.py"
    var wrk = "wrk"

    init?(_ arguments: some Sequence<String>) {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            if argument == "--quick" {
                isQuick = true
                continue
            }
            guard let value = rest.next() else { return nil }
            switch argument {
            case "--only":
                guard let group = Group(rawValue: value) else { return nil }
                only.append(group)
            case "--load-seconds":
                guard let seconds = Double(value) else { return nil }
                loadSeconds = seconds
            case "--beacons": beacons = value
            case "--beacons-grpc": beaconsWithGRPC = value
            case "--lambda": lambda = value
            case "--config": config = value
            case "--bare": bare = value
            case "--python": python = value
            case "--peer": peer = value
            case "--wrk": wrk = value
            default: return nil
            }
        }
    }

    func runs(_ group: Group) -> Bool { only.isEmpty || only.contains(group) }

    var rounds: Int { isQuick ? 3 : 7 }
    var roundSeconds: Int { isQuick ? 1 : 2 }
    var starts: Int { isQuick ? 5 : 15 }
    var containers: Int { isQuick ? 20 : 100 }
    /// How long each side evaluates in a round.
    var expressionSeconds: Double { isQuick ? 0.1 : 0.5 }
    var growthRounds: Int { isQuick ? 1 : 3 }
    var cacheOperations: Int { isQuick ? 200_000 : 1_000_000 }
    let cacheSizes = [1000, 100_000, 1_000_000]
    let connections = 64

    /// The Python edition's expressions, beside its service.
    var expressionPeer: String { peerFolder + "expressions.py" }
    /// Signatures by botocore, beside it.
    var signingPeer: String { peerFolder + "aws_signing.py" }
    /// Signatures by Azure's client for queues, beside it.
    var azureSigningPeer: String { peerFolder + "azure_signing.py" }
    /// libcurl in plain C, beside it.
    var curlPeer: String { peerFolder + "curl_loop.c" }

    /// A loop on stomp.py, beside it.
    var stompPeer: String { peerFolder + "stomp_loop.py" }
    /// The Python edition's commands by gRPC.
    let grpcPeer = "Tests/EndToEndTests/Peers/grpc_peer.py"

    private var peerFolder: String { peer.lastIndex(of: "/").map { String(peer[...$0]) } ?? "" }
}
