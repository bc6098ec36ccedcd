import PipServicesTesting
import Testing

@testable import PipServices

@Suite(.ownThreads) struct ConnectionURITests {
    @Test(arguments: [
        ("http://[::1]:80/x", ["host": "::1", "port": "80", "servers": "[::1]:80", "path": "x"]),
        ("[fe80::1],h:2", ["host": "fe80::1,h", "port": "9,2", "servers": "[fe80::1]:9,h:2"]),
        ("mqtt://u:p%40s%2Fs@h", ["username": "u", "password": "p@s/s", "host": "h"]),
        ("mqtt://u:p@ss@h:1", ["username": "u", "password": "p@ss", "host": "h"]),
        ("mqtt://u:p/ss@h:1", ["username": "u", "password": "p/ss", "host": "h"]),
        ("mqtt://u:p?s=s@h:1?x=y@z", ["username": "u", "password": "p?s=s", "host": "h", "x": "y@z"]),
        ("mqtt://:1?s@h", ["password": "1?s", "host": "h"]),
        ("u:p/s?s@h:1/d", ["password": "p/s?s", "host": "h", "path": "d"]),
        ("http://h:1?mail=a@b", ["host": "h", "port": "1", "mail": "a@b"]),
        ("http://[::1]?mail=a@b", ["host": "::1", "mail": "a@b"]),
        ("u:p@h/a@b", ["username": "u", "password": "p", "host": "h", "path": "a@b"]),
        ("h?a=%C3%A9&b=1=2", ["a": "é", "b": "1=2", "host": "h"]),
        ("h?host=x", ["host": "h"]),
    ])
    func theUnusualIsParsed(_ uri: String, _ expected: [String: String]) {
        let options = ConnectionUtils.parseUri(uri, defaultProtocol: nil, defaultPort: 9)
        for (name, value) in expected { #expect(options[name] == value, "\(name) of \(uri)") }
    }

    @Test(
        "No part of a user or a password is shown, even for an ambiguous URI",
        arguments: [
            ("redis://ann:se?cret@127.0.0.1:99999", "***"), ("redis://ann:12?3@host", "***"),
            ("redis://ann:se/cret@host", "***"), ("redis://ann:se#cret@host", "***"), ("redis://ann:secret", "***"),
            ("redis://ann:secret@host:6379/1?db=2", "redis://***@host:6379/1?***"),
            ("redis://ann:se%3Fcret@host", "redis://***@host"), ("http://host:80/path", "http://host:80/path"),
            ("redis://ann:pw@\u{301}host", "***"), ("redis://ho st/x", "***"), ("?pw", "***"),
            ("u:pw@h/http://u:pw@h", "***"),
        ])
    func urisAreMasked(uri: String, expected: String) {
        #expect("\(ConnectionParams(["uri": uri]))" == "uri=\(expected)")
    }

    @Test(
        "A connection rejects an ambiguous URI",
        arguments: [
            "redis://ann:se?cret@127.0.0.1:6379", "redis://ann:12?3@host", "redis://ann:pw@\u{301}host",
            "redis://ann:pw@ho st:6379", "redis://host1,ho st", "?host",
        ])
    func unclearURIsAreRefused(uri: String) throws {
        let check = ConnectionCheck(context: .empty, connection: ConnectionParams(["uri": uri]))
        let error = #expect(throws: ApplicationError.self) { _ = try check.parse(uri) }
        #expect(error?.code == "BAD_URI")
        for part in ["ann:", "se?", "cret", "12?", "pw@"] { #expect(error?.message.contains(part) == false) }
        _ = try check.parse("redis://ann:se%3Fcret@127.0.0.1:6379/0?db=1")
    }

    @Test func withoutADefaultThereIsNoPort() {
        let options = ConnectionUtils.parseUri("http://h", defaultProtocol: nil, defaultPort: nil)
        #expect(options["servers"] == "h")
        #expect(options["port"] == nil)
    }

    @Test func aPasswordSurvivesTheURI() {
        for password in ["plain", "p@ss:/?#[]%,", "ä ö", "a,b"] {
            let options: ConfigParams = [
                "protocol": "mqtt", "host": "h", "port": "1", "username": "u\(password)", "password": password,
                "path": "db/x", "a&b": "c=d",
            ]
            for options in [options, ConnectionUtils.exclude(options, keys: ["username"])] {
                let uri = ConnectionUtils.composeUri(options, defaultProtocol: nil, defaultPort: nil)
                let again = ConnectionUtils.parseUri(uri, defaultProtocol: nil, defaultPort: nil)
                #expect(ConnectionUtils.exclude(again, keys: ["servers"]) == options, "\(uri)")
            }
        }
    }

    /// For every string, parsing ends, the parts are consistent, and composing them results in the same parts.
    @Test func hostileTextsAreParsed() {
        let seed: UInt64 = 88_011
        print("hostile URIs: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let seeds = [
            "http://user:pass@host1:80,host2:81/path/x?a=1&b=%20c", "[::1]:80", "://@:/?&=", "%zz%4%",
            "a@b@c:d:e,f/g@h?i?j", " \u{0}\u{FEFF}é🌍[]:99999999999999999999", "user@host", "",
        ]
        for _ in 0..<20_000 {
            var text = Array(seeds[random.next(in: 0..<seeds.count)].unicodeScalars)
            for _ in 0..<random.next(in: 0..<8) {
                let index = random.next(in: 0..<text.count + 1)
                switch random.next(in: 0..<4) {
                case 0: text.insert(contentsOf: Array("@:/?&=,[]%# ".unicodeScalars).shuffled(random), at: index)
                case 1 where index < text.count: text.remove(at: index)
                case 2: text.insert(contentsOf: text[min(index, text.count)...], at: 0)
                default: text.insert(Unicode.Scalar(UInt8(truncatingIfNeeded: random.next())), at: index)
                }
                if text.count > 500 { text.removeLast(text.count - 500) }
            }
            check(String(String.UnicodeScalarView(text)))
        }
    }

    private func check(_ text: String) {
        let options = ConnectionUtils.parseUri(text, defaultProtocol: "p", defaultPort: 7)
        guard !text.isEmpty else {
            #expect(options.isEmpty)
            return
        }
        let hosts = options["host"]?.split(separator: ",", omittingEmptySubsequences: false).count
        let ports = options["port"]?.split(separator: ",", omittingEmptySubsequences: false).count
        #expect(hosts != nil && hosts == ports, "\(text.debugDescription)")
        let uri = ConnectionUtils.composeUri(options, defaultProtocol: "p", defaultPort: 7)
        #expect(!uri.isEmpty)
        _ = "\(ConnectionParams(options))"
        // The masked form of any URI contains no password.
        if let password = options["password"], password.count > 3, !password.contains("%") {
            let shown = "\(ConnectionParams(["uri": text]))"
            #expect(!shown.contains(":\(password)@"), "\(text.debugDescription)")
        }
    }
}

extension Array {
    fileprivate func shuffled(_ random: SeededRandom) -> ArraySlice<Element> {
        let start = random.next(in: 0..<count)
        return self[start..<Swift.min(count, start + 2)]
    }
}
