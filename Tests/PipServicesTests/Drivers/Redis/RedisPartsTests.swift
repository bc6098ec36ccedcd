#if PIP_REDIS
import Testing

@testable import PipServices

/// Times to live and the parser of replies.
@Suite struct RedisPartsTests {
    @Test(
        arguments: [
            (nil, .never),
            (.zero, .gone),
            (.seconds(-1), .gone),
            (.seconds(Int64.min), .gone),
            (Duration(secondsComponent: 0, attosecondsComponent: 1), .after("1")),
            (.microseconds(100), .after("1")),
            (.milliseconds(1), .after("1")),
            (.microseconds(1200), .after("2")),
            (.seconds(1), .after("1000")),
            (.microseconds(1_000_100), .after("1001")),
            (.seconds(3_199_999_999), .after("3199999999000")),
            (.seconds(3_200_000_000), .never),
            (.seconds(Int64.max), .never),
        ] as [(Duration?, RedisExpiry)])
    func timesToLiveAreRoundedUp(_ ttl: Duration?, _ expiry: RedisExpiry) {
        #expect(RedisExpiry(ttl) == expiry)
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", true), ("$-7\r\n", true), ("*-2\r\n", true), ("$abc\r\n", true),
        ("*1\r\n*1\r\n?", true),
        // The most that the protocol allows: an announced element takes no memory before it arrives.
        ("*2147483647\r\n:1\r\n", false),
    ])
    func whatIsNotOfTheProtocolIsRefused(_ bytes: String, _ isRefused: Bool) throws {
        let reader = try #require(RedisReplyReader())
        reader.feed(Array(bytes.utf8), count: bytes.utf8.count)
        if isRefused {
            #expect(throws: RedisConnectionError.self) { try reader.next() }
        } else {
            let reply = try reader.next()
            #expect(reply == nil)
        }
    }

    @Test("A reply is complete only with its last byte, however the bytes are split")
    func repliesInPieces() throws {
        let text = "*4\r\n$3\r\na\r\n\r\n*2\r\n:-7\r\n*0\r\n$-1\r\n+OK\r\n-ERR no\r\n"
        let replies: [RedisReply] = [
            .array([.bytes(Array("a\r\n".utf8)), .array([.integer(-7), .array([])]), .null, .status("OK")]),
            .error("ERR no"),
        ]
        for size in [1, 2, 3, 7, text.utf8.count] {
            let reader = try #require(RedisReplyReader())
            var (rest, parsed) = (Array(text.utf8)[...], [RedisReply]())
            while !rest.isEmpty {
                let part = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                reader.feed(part, count: part.count)
                while let reply = try reader.next() { parsed.append(reply) }
                #expect(parsed.count == (rest.isEmpty ? 2 : rest.count <= 9 ? 1 : 0), "\(size), \(rest.count)")
            }
            #expect(parsed == replies)
        }
    }

    @Test("Only the first `count` bytes are parsed")
    func countedBytes() throws {
        let reader = try #require(RedisReplyReader())
        reader.feed(Array("+OK\r\n+LATER\r\n".utf8), count: 5)
        let replies = [try reader.next(), try reader.next()]
        #expect(replies == [.status("OK"), nil])
    }
}
#endif
