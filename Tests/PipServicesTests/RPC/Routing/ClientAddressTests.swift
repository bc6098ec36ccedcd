import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ClientAddressTests {
    private func request(_ peer: String?, _ fields: [(name: String, value: String)]) -> RestRequest {
        var request = RestRequest(.get, "/about", headers: HeaderFields(fields))
        request.connection = { RestConnection(remoteAddress: peer) }
        return request
    }

    private func proxies(_ text: String) throws -> [AddressRange] {
        try #require([AddressRange](settingText: text))
    }

    @Test(
        "The client is the rightmost untrusted address",
        arguments: [
            ("10.0.0.9", "1.1.1.1, 2.2.2.2", "2.2.2.2"), ("10.0.0.9", "1.1.1.1, 2.2.2.2, 10.0.0.8", "2.2.2.2"),
            ("10.0.0.9", "10.0.0.7, 10.0.0.8", "10.0.0.7"), ("10.0.0.9", "2.2.2.2:99", "2.2.2.2"),
            ("10.0.0.9", "[2001:db8::1]:80", "2001:db8::1"), ("10.0.0.9", "1.1.1.1, unknown", "10.0.0.9"),
            ("10.0.0.9", "1.1.1.1, unknown, 10.0.0.8", "10.0.0.8"), ("10.0.0.9", "", "10.0.0.9"),
            ("10.0.0.9", "1.1.1.1,", "10.0.0.9"), ("3.3.3.3", "1.1.1.1", "3.3.3.3"),
            ("::ffff:10.0.0.9", "1.1.1.1", "1.1.1.1"), ("fd00::5", "1.1.1.1", "1.1.1.1"),
            ("fe00::5", "1.1.1.1", "fe00::5"),
        ])
    func theClientIsTheFirstUntrusted(peer: String, forwarded: String, expected: String) throws {
        var request = request(peer, [(name: "X-Forwarded-For", value: forwarded)])
        #expect(request.clientAddress == peer, "nobody is trusted by default")
        request.trustedProxies = try proxies("10.0.0.0/8, fd00::/16")
        #expect(request.clientAddress == expected)
    }

    @Test(
        "Forwarded is used too, but only if it agrees with X-Forwarded-For",
        arguments: [
            ("for=1.1.1.1, for=2.2.2.2;proto=https;by=x", nil, "2.2.2.2"),
            (#"For="[2001:db8::1]:4711";Proto=http"#, nil, "2001:db8::1"), (#"for="a,b;c""#, nil, "10.0.0.9"),
            ("for=_hidden", nil, "10.0.0.9"), ("for=1.1.1.1", "2.2.2.2", "10.0.0.9"),
            ("for=2.2.2.2", "1.1.1.1, 2.2.2.2", "2.2.2.2"), ("proto=https", nil, "10.0.0.9"),
        ] as [(String, String?, String)])
    func forwardedIsRead(forwarded: String, list: String?, expected: String) throws {
        var fields = [(name: "Forwarded", value: forwarded)]
        if let list { fields.append((name: "X-Forwarded-For", value: list)) }
        var request = request("10.0.0.9", fields)
        request.trustedProxies = try proxies("10.0.0.9")
        #expect(request.clientAddress == expected)
    }

    @Test("Without a connection, no proxy is trusted") func noConnection() throws {
        var request = request(nil, [(name: "X-Forwarded-For", value: "1.1.1.1")])
        request.trustedProxies = try proxies("0.0.0.0/0,::/0")
        #expect(request.clientAddress == nil)
    }

    @Test("Protocol and host from a proxy count only if it is trusted") func protocolAndHost() throws {
        let fields = [
            (name: "Host", value: "inner:81"), (name: "X-Forwarded-For", value: "1.1.1.1, 10.0.0.8"),
            (name: "X-Forwarded-Proto", value: "https, http"), (name: "X-Forwarded-Host", value: "outer.example"),
        ]
        var request = request("10.0.0.9", fields)
        var detector = HTTPRequestDetector(request)
        #expect(detector.address == "10.0.0.9")
        #expect(detector.serverProtocol == "http")
        #expect(detector.serverHost == "inner")
        #expect(detector.serverPort == 81)
        request.trustedProxies = try proxies("10.0.0.0/24")
        detector = HTTPRequestDetector(request)
        #expect(detector.address == "1.1.1.1")
        #expect(detector.serverProtocol == "https")
        #expect(detector.serverHost == "outer.example")
        #expect(detector.serverPort == nil)
    }

    @Test("In a list that is not as long as that of the addresses, only the last value is a proxy's")
    func listsOfAnotherLength() throws {
        var request = request(
            "10.0.0.9",
            [
                (name: "X-Forwarded-For", value: "1.1.1.1, 10.0.0.8"),
                (name: "X-Forwarded-Proto", value: "https, http, http"),
                (name: "X-Forwarded-Host", value: "forged.example, forged.example, outer.example"),
            ])
        request.trustedProxies = try proxies("10.0.0.0/24")
        let detector = HTTPRequestDetector(request)
        #expect(detector.address == "1.1.1.1")
        #expect(detector.serverProtocol == "http")
        #expect(detector.serverHost == "outer.example")
    }

    @Test("Limits and AboutOperations of an endpoint use the same address") func oneAddress() async throws {
        final class Things: RestController {
            let rest = RestHost()
            let about = AboutOperations()
            var routes: [RestRoute] { RestRoute(.get, "/about", response: about.about) }
        }
        let (endpoint, things) = (HTTPEndpoint(), Things())
        try await assemble(
            endpoint,
            config: [
                "options.trusted_proxies": "10.0.0.0/8", "options.rate_limit": "1",
                "options.rate_key": "X-Forwarded-For",
            ], references: ["test:clock:virtual:default:1.0": VirtualClock()])
        try await assemble(things, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await things.open(.empty)
        func call(_ forwarded: String) async throws -> (status: Int, address: AnyValue?) {
            let sent = request("10.0.0.9", [(name: "X-Forwarded-For", value: forwarded)])
            let response = await endpoint.respond(to: sent)
            let body: AnyValue = try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
            return (response.status, body["client"]?["address"])
        }
        let first = try await call("9.9.9.1, 1.1.1.1")
        #expect(first.status == 200)
        #expect(first.address == "1.1.1.1")
        #expect(try await call("9.9.9.2, 1.1.1.1").status == 429, "what the client adds does not count")
        #expect(try await call("2.2.2.2").status == 200)
        #expect(try await call("2001:db8:0:1::1").status == 200)
        #expect(try await call("2001:db8:0:1:ffff::2").status == 429, "addresses of one network are one client")
        #expect(try await call("2001:db8:0:2::1").status == 200)
    }

    @Test(
        "Address ranges are validated at start",
        arguments: [
            ("10.0.0.0/8", true), ("10.0.0.1", true), ("::/0", true), ("2001:db8::/32", true),
            ("::ffff:10.0.0.0/104", true), ("10.0.0.0/33", false), ("10.0.0.0/-1", false), ("10.0.0", false),
            ("10.0.0.256", false), ("proxy", false), ("::1::", false), ("1:2:3:4:5:6:7", false), ("12345::", false),
            ("10.0.0.0/", false), (":1", false), ("+1.0.0.0", false),
        ])
    func rangesAreChecked(text: String, isValid: Bool) {
        #expect((AddressRange(settingText: text) != nil) == isValid)
    }

    @Test(
        "A range contains the addresses with the same leading bits",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.0/23", "10.1.3.4", true),
            ("10.1.2.0/23", "10.1.4.0", false), ("0.0.0.0/0", "::1", false), ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
            ("fe80::1", "fe80::1%eth0", true), ("::1", "0:0:0:0:0:0:0:1", true),
        ])
    func rangesHold(range: String, address: String, isInside: Bool) throws {
        let range = try #require(AddressRange(settingText: range))
        #expect(range.contains(try #require(IPAddress(address))) == isInside)
    }
}
