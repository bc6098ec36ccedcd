// swift-tools-version: 6.1
import PackageDescription

// One row per driver: the package trait that turns it on, the compile flag that the sources test, its C module,
// and the Debian package that brings the C library.
let drivers: [(trait: String, flag: String, module: String, debian: String)] = [
    ("Redis", "PIP_REDIS", "CHiredis", "libhiredis-dev libssl-dev"),
    ("Memcached", "PIP_MEMCACHED", "CMemcached", "libmemcached-dev"),
    ("MQTT", "PIP_MQTT", "CMosquitto", "libmosquitto-dev libssl-dev"),
    ("MongoDB", "PIP_MONGODB", "CMongoc", "libmongoc-dev"),
    ("Curl", "PIP_CURL", "CCurl", "libcurl4-openssl-dev"),
    ("AMQP", "PIP_AMQP", "CProton", "libqpid-proton11-dev"),
]

// Drivers that need no library; they are on by default.
let plainDrivers: [(trait: String, flag: String)] = [
    ("Prometheus", "PIP_PROMETHEUS"),
    ("Elasticsearch", "PIP_ELASTICSEARCH"),
]

// Drivers on Swift packages, off by default: a literal -D flag can't bring these, and stops the compilation with a message.
let packageDrivers: [(trait: String, flag: String, enables: Set<String>)] = [
    ("ActiveMQ", "PIP_ACTIVEMQ", []),
    ("AWS", "PIP_AWS", ["Curl"]),
    ("Azure", "PIP_AZURE", ["Curl"]),
]

// gRPC stays out of AllDrivers: its packages add minutes to a build. They are declared below, but each use of them is
// behind the trait, so SwiftPM neither clones nor builds them without it.
let grpc = (trait: "GRPC", flag: "PIP_GRPC")

// For dependents that can pass neither traits nor -D flags: PIP_DRIVERS=Redis,MQTT.
let driversFromEnvironment = Set((Context.environment["PIP_DRIVERS"] ?? "").split(separator: ",").map(String.init))

// Every target that tests a flag needs these. A literal `-Xswiftc -DPIP_REDIS` adds to them.
let flags: [SwiftSetting] =
    (drivers.map { ($0.trait, $0.flag) } + plainDrivers + packageDrivers.map { ($0.trait, $0.flag) } + [grpc]).map {
        trait, flag in
        driversFromEnvironment.contains(trait) ? .define(flag) : .define(flag, .when(traits: [trait]))
    } + [.define("PIP_HTTP", .when(traits: ["HTTPServer"])), .define("PIP_JWT", .when(traits: ["JWT"]))]

// What a product of SwiftNIO is needed for: drivers that are built on it, or the HTTP server as well.
let driversOnNIO: Set<String> = ["ActiveMQ", "GRPC"]
let onNIO: TargetDependencyCondition? =
    driversFromEnvironment.isDisjoint(with: driversOnNIO) ? .when(traits: driversOnNIO) : nil
let serverOrOnNIO: TargetDependencyCondition? =
    driversFromEnvironment.isDisjoint(with: driversOnNIO) ? .when(traits: driversOnNIO.union(["HTTPServer"])) : nil

// The clouds sign requests by swift-crypto; only Azure signs with certificates too.
let awsOrAzure: TargetDependencyCondition? =
    driversFromEnvironment.isDisjoint(with: ["AWS", "Azure"]) ? .when(traits: ["AWS", "Azure"]) : nil
let azure: TargetDependencyCondition? = driversFromEnvironment.contains("Azure") ? nil : .when(traits: ["Azure"])

// The packages of gRPC. A literal -D flag does not suffice: it does not bring them.
let grpcModules: [Target.Dependency] = [
    ("GRPCCore", "grpc-swift-2"), ("GRPCNIOTransportHTTP2Posix", "grpc-swift-nio-transport"),
    ("GRPCProtobuf", "grpc-swift-protobuf"), ("SwiftProtobuf", "swift-protobuf"),
    ("NIOCertificateReloading", "swift-nio-extras"),
].map { name, package in
    driversFromEnvironment.contains(grpc.trait)
        ? .product(name: name, package: package)
        : .product(name: name, package: package, condition: .when(traits: [grpc.trait]))
}

let package = Package(
    name: "pip-services",
    products: [
        .library(name: "PipServices", targets: ["PipServices"]),
        .library(name: "PipServicesTesting", targets: ["PipServicesTesting"]),
        .executable(name: "beacons", targets: ["Beacons"]),
    ],
    traits: Set(
        drivers.map { .trait(name: $0.trait, description: "Defines \($0.flag); needs Debian's \($0.debian)") }
            + plainDrivers.map { .trait(name: $0.trait, description: "Defines \($0.flag)") }
            + packageDrivers.map {
                .trait(name: $0.trait, description: "Defines \($0.flag)", enabledTraits: $0.enables)
            } + [
                .trait(name: "HTTPServer", description: "Defines PIP_HTTP: serving HTTP, on Hummingbird"),
                .trait(name: grpc.trait, description: "Defines \(grpc.flag): gRPC, on grpc-swift; not in AllDrivers"),
                .trait(name: "JWT", description: "Defines PIP_JWT: tokens of HTTP requests, by jwt-kit"),
                .trait(
                    name: "AllDrivers", description: "Every driver",
                    enabledTraits: Set(drivers.map(\.trait) + plainDrivers.map(\.trait) + packageDrivers.map(\.trait))
                        .union(["JWT"])),
                .default(enabledTraits: Set(plainDrivers.map(\.trait)).union(["HTTPServer"])),
            ]),
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-service-context", from: "1.5.1"),
        // Bridges. All three are there anyway, below swift-service-lifecycle and Hummingbird.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // Pinned: the guard of connections relies on the order of its handlers, which ConnectionPipelineTests prove.
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        // Hummingbird's channels are made of its types; tests drive handlers on an embedded channel.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // Hummingbird accepts TLS settings in its types, and depends on it anyway.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        // Hummingbird's HTTP/2 passes no limits on, and its HTTP/1.1 neither serves HTTP/1.0 nor ignores upgrades.
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.0.0"),
        // Hashes and signatures of AWS and Azure. jwt-kit and swift-certificates depend on it anyway.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        // Without its default traits, which need all of Foundation.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    ],
    targets: [
        // Without `pkgConfig`: a module map's `link` line then links only what is really imported.
        .systemLibrary(name: "CLinux", path: "CDrivers/CLinux"),
        .systemLibrary(name: "CZlib", path: "CDrivers/CZlib"),
        .systemLibrary(name: "CHiredis", path: "CDrivers/CHiredis"),
        .systemLibrary(name: "COpenSSL", path: "CDrivers/COpenSSL"),
        .systemLibrary(name: "CMemcached", path: "CDrivers/CMemcached"),
        .systemLibrary(name: "CMosquitto", path: "CDrivers/CMosquitto"),
        .systemLibrary(name: "CCurl", path: "CDrivers/CCurl"),
        .systemLibrary(name: "CProton", path: "CDrivers/CProton"),
        // A C target, since mongoc's headers are found only through the forwarding headers in its include folder.
        .target(name: "CMongoc", path: "CDrivers/CMongoc"),
        .target(
            name: "PipServices",
            // Unconditional: a literal -D flag, which the manifest cannot see, must find the C modules too.
            dependencies: drivers.map { .target(name: $0.module) } + [
                "CLinux", "COpenSSL", "CZlib",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["HTTPServer"])),
                .product(name: "HummingbirdCore", package: "hummingbird", condition: .when(traits: ["HTTPServer"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: serverOrOnNIO),
                .product(name: "NIOCore", package: "swift-nio", condition: onNIO),
                .product(name: "NIOPosix", package: "swift-nio", condition: onNIO),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTPServer"])),
                .product(name: "NIOHTTP2", package: "swift-nio-http2", condition: .when(traits: ["HTTPServer"])),
                .product(
                    name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras", condition: .when(traits: ["HTTPServer"])),
                .product(
                    name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras", condition: .when(traits: ["HTTPServer"])),
                .product(name: "JWTKit", package: "jwt-kit", condition: .when(traits: ["JWT"])),
                .product(name: "Crypto", package: "swift-crypto", condition: awsOrAzure),
                .product(name: "CryptoExtras", package: "swift-crypto", condition: azure),
            ] + grpcModules,
            exclude: ["Drivers/GRPC/Protos"],
            resources: ["page.html", "page.css", "page.js"].map { .embedInCode("RPC/OpenAPI/Page/" + $0) },
            swiftSettings: flags),
        .target(
            name: "PipServicesTesting",
            dependencies: [
                "PipServices", .product(name: "JWTKit", package: "jwt-kit", condition: .when(traits: ["JWT"])),
            ] + grpcModules,
            swiftSettings: flags),
        .executableTarget(
            name: "Beacons", dependencies: ["PipServices"], exclude: ["config"], swiftSettings: flags),
        .executableTarget(
            name: "Hello", dependencies: ["PipServices"], path: "Examples/Hello", exclude: ["config.yml"]),
        .executableTarget(
            name: "BareServer",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["HTTPServer"]))
            ],
            path: "Sources/BareServer",
            swiftSettings: flags),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "PipServices", "PipServicesTesting", "CHiredis", "CMemcached", "CMosquitto", "CMongoc", "CProton",
                "AllocationCounter", "PlainBSON",
            ] + grpcModules,
            exclude: ["Peers"], swiftSettings: flags),
        .target(name: "AllocationCounter"),
        // Only the trait, not a literal flag, links libbson.
        .target(
            name: "PlainBSON", dependencies: ["CMongoc"],
            cSettings: [.define("PIP_MONGODB", .when(traits: ["MongoDB"]))]),
        .executableTarget(
            name: "LockRacer", dependencies: ["PipServices"], path: "Tests/LockRacer", swiftSettings: flags),
        .executableTarget(
            name: "QueueWorker", dependencies: ["PipServices", "PipServicesTesting"], path: "Tests/QueueWorker",
            swiftSettings: flags),
        .executableTarget(
            name: "NameCaller", dependencies: ["PipServices"], path: "Tests/NameCaller", swiftSettings: flags),
        .executableTarget(
            name: "EndpointStarter", dependencies: ["PipServices", "PipServicesTesting"], path: "Tests/EndpointStarter",
            swiftSettings: flags),
        .executableTarget(
            name: "Stress", dependencies: ["PipServices", "PipServicesTesting"], path: "Tests/Stress",
            swiftSettings: flags),
        .target(name: "TestSupport", dependencies: ["PipServices"], path: "Tests/TestSupport"),
        .testTarget(
            name: "PipServicesTests",
            dependencies: [
                "PipServices", "PipServicesTesting", "Beacons", "LockRacer", "QueueWorker", "TestSupport",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "NIOEmbedded", package: "swift-nio", condition: serverOrOnNIO),
                .product(name: "JWTKit", package: "jwt-kit", condition: .when(traits: ["JWT"])),
            ] + grpcModules,
            exclude: ["Vectors", "Drivers/GRPC/Protos", "Beacons/beacons-wire.json"],
            swiftSettings: flags),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["PipServices", "Beacons", "Hello", "NameCaller", "EndpointStarter", "TestSupport"],
            exclude: ["Peers", "Configs"],
            swiftSettings: flags),
    ],
    swiftLanguageModes: [.v6]
)
