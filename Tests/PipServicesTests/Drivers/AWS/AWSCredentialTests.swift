#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct AWSCredentialTests {
    typealias Fixture = AWSFixture

    private static func chain(
        _ configured: CredentialParams? = nil, _ environment: AnyValueMap = [:], clock: any ClockSource = SystemClock(),
        _ connector: any HTTPConnector = ScriptedConnector { _, _ in
            throw ApplicationError.connection(code: HTTPFailure.cannotConnect, "nobody is there")
        }
    ) -> AWSCredentialChain {
        AWSCredentialChain(
            configured: configured, environment: AWSEnvironment(environment), connector: { _ in connector },
            clock: clock)
    }

    private static func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "pip-aws-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("Credential sources are used in the order of AWS's own clients") func order() async throws {
        let file = try Self.file(
            """
            # a comment
            [default]
            aws_access_key_id = D
            aws_secret_access_key = secret=with=signs ; a comment
            s3 =
              aws_access_key_id = nested
            [other]
            AWS_ACCESS_KEY_ID=O
            aws_secret_access_key=o#1
            aws_session_token=t
            """)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let all: AnyValueMap = [
            "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "st",
            "AWS_SHARED_CREDENTIALS_FILE": .string(file),
        ]
        var found = try await Self.chain(["access_id": "C", "access_key": "c", "session_token": "x"], all).load(.empty)
        #expect(found == AWSCredentials(accessId: "C", accessKey: "c", sessionToken: "x"))
        found = try await Self.chain(nil, all).load(.empty)
        #expect(found == AWSCredentials(accessId: "E", accessKey: "e", sessionToken: "st"))
        found = try await Self.chain(["profile": "other"], all).load(.empty)
        #expect(found == AWSCredentials(accessId: "O", accessKey: "o#1", sessionToken: "t"))
        found = try await Self.chain(nil, ["AWS_SHARED_CREDENTIALS_FILE": .string(file)]).load(.empty)
        #expect(found == AWSCredentials(accessId: "D", accessKey: "secret=with=signs"))
    }

    @Test(
        "What is missing or not supported is named",
        arguments: [
            (["access_id": "i"], [:], "NO_ACCESS_KEY", "credential.access_key"),
            (["access_key": "k"], [:], "NO_ACCESS_ID", "credential.access_id"),
            (nil, ["AWS_ACCESS_KEY_ID": "i"], "NO_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            (["profile": "none"], ["HOME": "/nowhere"], "NO_PROFILE", "none"),
            (nil, ["AWS_SHARED_CREDENTIALS_FILE": "/nowhere/x"], "READ_FAILED", "AWS_SHARED_CREDENTIALS_FILE"),
            (nil, ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.test/x"], "BAD_URI", "evil.test"),
            (nil, ["AWS_EC2_METADATA_DISABLED": "true"], "NO_CREDENTIALS", "credential.access_id"),
            (
                nil, ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"],
                "UNSUPPORTED_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"
            ),
            (nil, [:], "NO_CREDENTIALS", "AWS_ACCESS_KEY_ID"),
        ] as [(CredentialParams?, AnyValueMap, String, String)])
    func problems(configured: CredentialParams?, environment: AnyValueMap, code: String, part: String) async {
        let error = await Fixture.error { _ = try await Self.chain(configured, environment).load(.empty) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("A profile that needs more than keys is rejected, not ignored") func unsupportedProfile() async throws {
        // The keys are those that assume the role.
        let file = try Self.file(
            "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\naws_access_key_id = i\n"
                + "aws_secret_access_key = k\n")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let error = await Fixture.error {
            _ = try await Self.chain(nil, ["AWS_SHARED_CREDENTIALS_FILE": .string(file)]).load(.empty)
        }
        #expect(error?.code == "UNSUPPORTED_PROFILE" && error?.message.contains("role_arn") == true)
    }

    private static let temporary: AnyValue = [
        "AccessKeyId": "T", "SecretAccessKey": "t", "Token": "tt", "Expiration": "2026-01-01T00:00:00Z",
    ]

    @Test("A container's credentials are read with its token") func container() async throws {
        let token = try Self.file("from-file\n")
        defer { try? FileManager.default.removeItem(atPath: token) }
        for (environment, url, authorization) in [
            (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"], "http://169.254.170.2/v2/x", nil),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN":
                        "plain", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": .string(token),
                ], "http://169.254.170.23/v1", "from-file"
            ),
        ] as [(AnyValueMap, String, String?)] {
            let connector = ScriptedConnector { _, _ in Fixture.json(200, Self.temporary) }
            let found = try await Self.chain(nil, environment, connector).load(.empty)
            #expect(found.accessId == "T" && found.sessionToken == "tt")
            #expect(found.expiration == ISODate.parse("2026-01-01T00:00:00Z"))
            #expect(connector.requests.map(\.url) == [url])
            #expect(connector.requests.first?[header: "Authorization"] == authorization)
        }
    }

    @Test("An instance's credentials are read with a session of version 2") func instance() async throws {
        let connector = ScriptedConnector { _, request in
            switch (request.method, request.url) {
            case (.put, "http://169.254.169.254/latest/api/token"): return HTTPClientResponse(200, "session")
            case (.get, "http://169.254.169.254/latest/meta-data/iam/security-credentials/"):
                return HTTPClientResponse(200, "my role\n")
            default: return Fixture.json(200, Self.temporary)
            }
        }
        #expect(try await Self.chain(nil, [:], connector).load(.empty).accessId == "T")
        let requests = connector.requests
        #expect(requests.count == 3 && requests.last?.url.hasSuffix("security-credentials/my%20role") == true)
        #expect(requests.dropFirst().allSatisfy { $0[header: "X-aws-ec2-metadata-token"] == "session" })
    }

    @Test("A failing metadata service is retried, and then named in the error") func instanceFails() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(503, "") }
        let load = Task { try await Self.chain(nil, [:], clock: clock, connector).load(.empty) }
        for _ in 0..<2 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
            clock.advance(by: .seconds(2))
        }
        let code = await DriverFixture.code { _ = try await load.value }
        #expect(code == "CREDENTIALS_UNAVAILABLE" && connector.requests.count == 3)
    }

    @Test("A response without keys is an error that does not show it") func badAnswer() async {
        let connector = ScriptedConnector { _, _ in
            HTTPClientResponse(200, #"{"SecretAccessKey":"HIDDEN","Code":"Failed"}"#)
        }
        let error = await Fixture.error {
            _ = try await Self.chain(nil, ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], connector).load(.empty)
        }
        #expect(error?.code == "CREDENTIALS_UNAVAILABLE")
        #expect(error.map { "\($0)" }?.contains("HIDDEN") == false)
    }

    // MARK: - Renewal

    /// A cache whose credentials are valid for an hour each.
    private static func cache(
        _ clock: VirtualClock, fails: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) -> (CredentialCache<AWSCredentials>, Locked<Int>) {
        let loads = Locked(0)
        let cache = CredentialCache<AWSCredentials>(clock: clock, logger: NullLogger()) { _ in
            let number = loads.withLock { loads in
                loads += 1
                return loads
            }
            if fails(number) { throw ApplicationError.connection(code: "CREDENTIALS_UNAVAILABLE", "down") }
            return AWSCredentials(
                accessId: "\(number)", accessKey: "k", sessionToken: "t",
                expiration: clock.now.addingTimeInterval(3600))
        }
        return (cache, loads)
    }

    @Test("Credentials are loaded once for all callers, and renewed before they expire") func renewal() async throws {
        let clock = VirtualClock()
        let (cache, loads) = Self.cache(clock)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await cache.current(.empty).accessId } }
            for try await id in group { #expect(id == "1") }
        }
        clock.advance(by: .seconds(3299))
        #expect(try await cache.current(.empty).accessId == "1")
        #expect(loads.current == 1)
        clock.advance(by: .seconds(2))
        // In the background, while the present ones are good.
        _ = try await cache.current(.empty)
        try await waitUntil(within: .seconds(30)) { try await cache.current(.empty).accessId == "2" }
        clock.advance(by: .seconds(3550))
        #expect(try await cache.current(.empty).accessId == "3")
    }

    @Test("The deadline of the first caller does not apply to the others") func deadline() async throws {
        let deadlines = Locked<[Duration?]>([])
        let cache = CredentialCache<AWSCredentials>(clock: VirtualClock(), logger: NullLogger()) { context in
            deadlines.withLock { $0.append(context.deadline) }
            return AWSFixture.keys
        }
        var context = Context(traceId: "t")
        context.deadline = .zero
        _ = try await cache.current(context)
        #expect(deadlines.current == [nil])
    }

    @Test("While renewing fails, the current credentials stay in use, and renewing is retried each minute")
    func renewalFails() async throws {
        let clock = VirtualClock()
        let (cache, loads) = Self.cache(clock) { (2...3).contains($0) }
        #expect(try await cache.current(.empty).accessId == "1")
        clock.advance(by: .seconds(3590))
        #expect(try await cache.current(.empty).accessId == "1")
        #expect(try await cache.current(.empty).accessId == "1")
        #expect(loads.current == 2)
        clock.advance(by: .seconds(61))
        #expect(try await cache.current(.empty).accessId == "1")
        clock.advance(by: .seconds(61))
        #expect(try await cache.current(.empty).accessId == "4")
    }

    @Test("Credentials that are loaded expired are used, and not loaded again for each request")
    func expiredFromTheStart() async throws {
        let clock = VirtualClock()
        let loads = Locked(0)
        let cache = CredentialCache<AWSCredentials>(clock: clock, logger: NullLogger()) { _ in
            loads.withLock { $0 += 1 }
            return AWSCredentials(accessId: "old", accessKey: "k", expiration: clock.now.addingTimeInterval(-10))
        }
        for _ in 0..<3 { #expect(try await cache.current(.empty).accessId == "old") }
        #expect(loads.current == 1)
    }

    @Test("Without credentials, the error of loading is the caller's, and the next call loads again")
    func firstLoadFails()
        async throws
    {
        let (cache, _) = Self.cache(VirtualClock()) { $0 == 1 }
        #expect(await DriverFixture.code { _ = try await cache.current(.empty) } == "CREDENTIALS_UNAVAILABLE")
        #expect(try await cache.current(.empty).accessId == "2")
    }

    @Test(
        "A token that expires in the middle of a run is renewed, and the request sent again",
        arguments: ["ExpiredTokenException", "ExpiredToken", "RequestExpired"])
    func expiredToken(code: String) async throws {
        let loads = Locked(0)
        let connector = ScriptedConnector { _, request in
            if request.url.contains("169.254.170.2") {
                let number = loads.withLock { loads in
                    loads += 1
                    return loads
                }
                return Fixture.json(
                    200, ["AccessKeyId": "T", "SecretAccessKey": "t", "Token": .string("token\(number)")])
            }
            return request[header: "X-Amz-Security-Token"] == "token1"
                ? Fixture.json(403, ["__type": .string(code), "message": "expired"])
                : Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(
            .sqs, ["connection.region": "us-east-1", "options.retries": "0"], connector,
            environment: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"])
        #expect(try await client.call(.empty, "A", [:])["done"] == true)
        #expect(loads.current == 2)
    }

    @Test("A token that stays expired is an error, not a loop") func expiredForGood() async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(403, ["__type": "ExpiredToken", "message": "expired"])
        }
        let client = try await Fixture.client(.sqs, connector)
        #expect(await DriverFixture.code { _ = try await client.call(.empty, "A", [:]) } == "ACCESS_DENIED")
        #expect(connector.requests.count == 2)
    }
}
#endif
