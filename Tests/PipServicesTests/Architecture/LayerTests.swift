import Testing

/// The layers of the module, which the compiler does not enforce: a file never names a type of a higher layer, or of
/// another folder in its layer.
@Suite(.ownThreads) struct LayerTests {
    @Test func noRoomNamesATypeOfARoomAbove() throws {
        let sources = try SourceTree.module()
        #expect(sources.count > 100)
        let violations = Layers(sources).violations
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func aDeliberateViolationIsFound() {
        let floors = Layers([
            SourceFile(path: "Commons/Low.swift", text: "struct Low { var high: High? }"),
            SourceFile(path: "RPC/High.swift", text: "public struct High {}"),
            SourceFile(path: "Data/Side.swift", text: "struct Side { func f() { _ = High() } }"),
            SourceFile(path: "Drivers/Redis/A.swift", text: "enum A { static let b = B.self }"),
            SourceFile(path: "Drivers/Curl/B.swift", text: "enum B {}"),
            SourceFile(path: "Toolkit/Roof.swift", text: "enum Roof { static let all = [High.self] }"),
        ])
        #expect(
            floors.violations == [
                "Commons/Low.swift names High of RPC", "Data/Side.swift names High of RPC",
                "Drivers/Redis/A.swift names B of Drivers/Curl",
            ])
    }

    @Test func commentsAndTextAreNoViolations() {
        let floors = Layers([
            SourceFile(path: "RPC/High.swift", text: "public struct High {}"),
            SourceFile(
                path: "Commons/Low.swift",
                text: "/// See High.\nlet a = \"High\" // High\n/* High */ let b = \"\"\"\nHigh\n\"\"\""),
        ])
        #expect(floors.violations.isEmpty)
    }

    @Test func onlyTheLockAndTheHandleAreUnchecked() throws {
        let unchecked = try SourceTree.module().filter {
            $0.code.contains("@unchecked Sendable") || $0.code.contains("nonisolated(unsafe)")
        }
        #expect(unchecked.map(\.path) == ["Commons/Concurrency/Locked.swift"])
    }

    /// The files that may use unsafe constructs, with the reasons.
    private static let unsafeFiles = [
        "Commons/Concurrency/Locked.swift": "pthread_mutex_t must not move",
        "Commons/Concurrency/OwnThread.swift": "pthread_create takes a pointer for the thread",
        "Commons/Concurrency/SlotBox.swift": "an unretained pointer, with its proof there",
        "Components/Config/ConfigText.swift": "read",
        "Components/Connect/HostResolver.swift": "getaddrinfo and getnameinfo",
        "Components/Connect/OpenSSLContext.swift": "contexts of OpenSSL",
        "Components/Log/ConsoleOutput.swift": "write",
        "Data/File/SystemFileSystem.swift": "pread and pwrite",
        "Drivers/AMQP/AMQPHandle.swift": "connections, links and deliveries of Qpid Proton",
        "Drivers/AMQP/AMQPSocket.swift": "connect, send and recv",
        "Drivers/Curl/CurlHandle.swift": "easy handles, lists and user data of libcurl",
        "Drivers/Curl/CurlMulti.swift": "multi handles of libcurl",
        "Drivers/Curl/CurlSockets.swift": "the argument of libcurl's socket callback, events of epoll",
        "Drivers/MQTT/MQTTHandle.swift": "handles, callbacks and properties of libmosquitto",
        "Drivers/Memcached/MemcachedHandle.swift": "handles and results of libmemcached",
        "Drivers/MongoDB/MongoDBHandle.swift": "clients, sessions and documents of libmongoc",
        "Drivers/Prometheus/SeriesIndex.swift": "unretained pointers, with their proof there",
        "Drivers/Redis/RedisConnector.swift": "the reply reader of hiredis",
        "Drivers/Redis/RedisSocket.swift": "connect, send and recv",
        "Drivers/Redis/RedisTLSSession.swift": "sessions of OpenSSL",
        "RPC/Endpoint/ContentCoding/ZlibStream.swift": "streams of zlib, which must not move",
        "RPC/Server/CloseOnExec+NIO.swift": "the number of a socket, through NIO",
        "RPC/Server/TCPCounters.swift": "TCP_INFO of getsockopt, through NIO",
    ]

    @Test("Unsafe constructs are used only in the listed files") func unsafeConstructsAreListed() throws {
        let found = try SourceTree.module().filter { !$0.unsafeConstructs.isEmpty }
        for file in found where Self.unsafeFiles[file.path] == nil {
            Issue.record("\(file.path) uses \(file.unsafeConstructs.sorted().joined(separator: ", "))")
        }
        let unused = Set(Self.unsafeFiles.keys).subtracting(found.map(\.path))
        #expect(unused.isEmpty, "These files no longer need to be listed: \(unused.sorted())")
    }

    @Test("Every unsafe construct of the language is recognised")
    func unsafeConstructsAreRecognised() {
        for code in [
            "unowned(unsafe) let row: Row", "unsafeDowncast(row, to: Row.self)", "unsafeBitCast(a, to: B.self)",
            "Unmanaged.passUnretained(box)", "let p: UnsafeMutablePointer<Int>", "bytes.withUnsafeBytes { }",
            "OpaquePointer(handle)", "String(unsafeUninitializedCapacity: 1) { _ in 0 }",
            "await withUnsafeContinuation { }", "box._withUnsafeGuaranteedRef { }", "nonisolated(unsafe) var a = 1",
        ] {
            #expect(!SourceFile(path: "A.swift", text: code).unsafeConstructs.isEmpty, "\(code)")
        }
        for code in ["TypeUnsafeVariantOperations()", "// unsafeBitCast", "let isUnsafe = true"] {
            #expect(SourceFile(path: "A.swift", text: code).unsafeConstructs.isEmpty, "\(code)")
        }
    }

    @Test func nothingTraps() throws {
        // Generated message accessors have unreachable branches.
        for file in try SourceTree.module() where !file.path.hasSuffix(".pb.swift") {
            for trap in ["try!", "as!", "fatalError(", "preconditionFailure(", "precondition("] {
                #expect(!file.code.contains(trap), "\(file.path) has \(trap)")
            }
        }
    }

    @Test func timeAndChanceComeFromTheSeam() throws {
        for file in try SourceTree.module() where !file.path.contains("/System") {
            for call in ["Date()", "Date.now", "Task.sleep", "SystemRandomNumberGenerator", "ContinuousClock"] {
                #expect(!file.code.contains(call), "\(file.path) has \(call)")
            }
        }
    }
}
