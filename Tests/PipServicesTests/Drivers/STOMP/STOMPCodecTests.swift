#if PIP_ACTIVEMQ
import Glibc
import NIOCore
import PipServicesTesting
import Testing

@testable import PipServices

/// Frames of STOMP as bytes.
@Suite struct STOMPCodecTests {
    /// What comes out of bytes that arrive in portions.
    private static func decode(
        _ bytes: [UInt8], _ version: STOMPVersion = .version12, limits: STOMPDecoder.Limits = STOMPDecoder.Limits(),
        portion: Int = .max
    ) throws -> [STOMPFrame] {
        var decoder = STOMPDecoder(limits)
        decoder.version = version
        var frames: [STOMPFrame] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            decoder.append(ByteBuffer(bytes: rest.prefix(portion)))
            rest = rest.dropFirst(portion)
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return frames
    }

    private static func encode(_ frame: STOMPFrame, _ version: STOMPVersion = .version12) throws -> String {
        var buffer = ByteBuffer()
        try STOMPEncoder.encode(frame, version, into: &buffer)
        return String(buffer: buffer)
    }

    private static func error(_ text: String, _ version: STOMPVersion = .version12) -> String? {
        do {
            _ = try decode(Array(text.utf8), version)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "A frame is written as STOMP says, in each version",
        arguments: [
            (
                STOMPFrame("CONNECT", ["host": "/", "passcode": "a:b"]), .version12,
                "CONNECT\nhost:/\npasscode:a:b\n\n\0"
            ),
            (STOMPFrame("SEND", ["a": "b"], body: [65, 0, 10]), .version12, "SEND\na:b\ncontent-length:3\n\nA\0\n\0"),
            (STOMPFrame("SEND"), .version12, "SEND\ncontent-length:0\n\n\0"),
            (STOMPFrame("ACK", ["i:d": "a:b\\c\nd\re"]), .version12, "ACK\ni\\cd:a\\cb\\\\c\\nd\\re\n\n\0"),
            (STOMPFrame("ACK", ["i:d": "a:b\\c\nd\re"]), .version11, "ACK\ni\\cd:a\\cb\\\\c\\nd\re\n\n\0"),
            (STOMPFrame("ACK", ["id": "a:b\\c"]), .version10, "ACK\nid:a:b\\c\n\n\0"),
            (STOMPFrame("ACK", ["é": "日本"]), .version12, "ACK\né:日本\n\n\0"),
        ] as [(STOMPFrame, STOMPVersion, String)])
    func encoded(_ frame: STOMPFrame, _ version: STOMPVersion, _ text: String) throws {
        #expect(try Self.encode(frame, version) == text)
    }

    @Test(
        "What a version cannot carry is refused",
        arguments: [
            (STOMPFrame("SEND", ["a": "b\0c"]), .version12), (STOMPFrame("SEND", ["a": "b\nc"]), .version10),
            (STOMPFrame("SEND", ["a:": "b"]), .version10), (STOMPFrame("CONNECT", ["login": "a\nhost:b"]), .version12),
            (STOMPFrame("CONNECT", ["passcode": "a\r"]), .version12),
        ] as [(STOMPFrame, STOMPVersion)])
    func notEncoded(_ frame: STOMPFrame, _ version: STOMPVersion) {
        #expect(throws: STOMPProtocolError.self) { try Self.encode(frame, version) }
    }

    @Test(
        "A frame is read in portions of any size", arguments: [1, 2, 3, 7, 64, .max])
    func portions(_ portion: Int) throws {
        let text =
            "\n\r\n\nCONNECTED\r\nversion:1.2\na:\\b\n\n\0\n"
            + "MESSAGE\na:1\na:2\nb:x\\cy\\n\\\\z\\r\r\ncontent-length:4\n\n\0\nx\0\0\n\n"
            + "RECEIPT\nreceipt-id:7\n\n\0"
            + "ERROR\n:empty name\nvalue:\n\nno length\0"
        let frames = try Self.decode(Array(text.utf8), portion: portion)
        try #require(frames.map(\.command) == ["CONNECTED", "MESSAGE", "RECEIPT", "ERROR"])
        #expect(frames[0].headers["a"] == "\\b", "CONNECTED has no escapes")
        #expect(frames[1].headers["a"] == "1", "the first of two counts")
        #expect(frames[1].headers["b"] == "x:y\n\\z\r")
        #expect(frames[1].body == [0, 10, 120, 0])
        #expect(frames[2].body.isEmpty)
        #expect(frames[3].headers[""] == "empty name")
        #expect(frames[3].headers["value"] == "")
        #expect(frames[3].body == Array("no length".utf8))
        #expect(frames.allSatisfy { !$0.isOversized })
    }

    @Test("Escapes and line ends depend on the version") func versions() throws {
        let old = try Self.decode(Array("MESSAGE\na:x\\cy\r\n\n\0".utf8), .version10)
        #expect(old.first?.headers["a"] == "x\\cy\r")
        let middle = try Self.decode(Array("MESSAGE\na:x\\cy\n\n\0".utf8), .version11)
        #expect(middle.first?.headers["a"] == "x:y")
        #expect(Self.error("MESSAGE\na:\\r\n\n\0", .version11) == "a header has an undefined escape")
    }

    @Test(
        "A violation is an error that says what is wrong",
        arguments: [
            ("MESSAGE\nno colon\n\n\0", "a header has no colon"), ("MESSAGE\na:\\t\n\n\0", "undefined escape"),
            ("MESSAGE\na:b\\\n\n\0", "in the middle of an escape"), ("MESS\0AGE\n\n\0", "a NUL character"),
            ("MESSAGE\ncontent-length:x\n\n\0", "a content-length is 'x'"),
            ("MESSAGE\ncontent-length:-1\n\n\0", "a content-length is '-1'"),
            ("MESSAGE\ncontent-length:99999999999999999999\n\n\0", "a content-length is '99999999999999999999'"),
            ("MESSAGE\ncontent-length:2\n\nabc\0", "a body is longer than its content-length"),
        ])
    func violations(_ text: String, _ message: String) throws {
        let error = try #require(Self.error(text))
        #expect(error.contains(message))
    }

    @Test("Endless headers cause an error instead of exhausting memory") func endlessHeaders() throws {
        let limits = STOMPDecoder.Limits(headerCount: 10, headerSize: 1000, bodySize: 100)
        for (piece, message) in [("a:b\n", "more than 10 headers"), ("x", "more than 1000 bytes of headers")] {
            var decoder = STOMPDecoder(limits)
            decoder.append(ByteBuffer(string: "MESSAGE\n"))
            var failure: String?
            for _ in 0..<5_000 where failure == nil {
                decoder.append(ByteBuffer(string: piece))
                #expect(decoder.keptSize < 3_000)
                do { _ = try decoder.next() } catch { failure = "\(error)" }
            }
            #expect(failure?.contains(message) == true, "\(failure ?? "none")")
        }
    }

    @Test("A body over the limit is skipped, with and without a length", arguments: ["content-length:5000\n", ""])
    func oversizedBody(_ header: String) throws {
        var decoder = STOMPDecoder(STOMPDecoder.Limits(bodySize: 1000))
        decoder.append(ByteBuffer(string: "MESSAGE\nack:1\n\(header)\n"))
        for _ in 0..<50 {
            decoder.append(ByteBuffer(repeating: 65, count: 100))
            #expect(try decoder.next() == nil)
            #expect(decoder.keptSize <= 1_200)
        }
        decoder.append(ByteBuffer(string: "\0RECEIPT\nreceipt-id:1\n\n\0"))
        let frame = try #require(try decoder.next())
        #expect(frame.isOversized)
        #expect(frame.headers["ack"] == "1")
        #expect(frame.body.isEmpty)
        #expect(try decoder.next()?.command == "RECEIPT")
    }

    @Test("A declared length costs no memory before its bytes arrive") func declaredLength() throws {
        var decoder = STOMPDecoder()
        decoder.append(ByteBuffer(string: "MESSAGE\ncontent-length:\(Int.max)\n\nabc"))
        #expect(try decoder.next() == nil)
        #expect(decoder.keptSize < 100)
    }

    @Test("Any encoded frame is decoded again") func roundTrip() throws {
        let random = SeededRandom(seed: 1)
        let signs: [Unicode.Scalar] = ["a", ":", "\\", "\n", "\r", "é", "日", " ", "\u{301}", "{"]
        func text(_ longest: Int) -> String {
            var text = ""
            for _ in 0..<random.next(in: 0..<longest) { text.unicodeScalars.append(signs[random.next(in: 0..<10)]) }
            return text
        }
        for _ in 0..<2_000 {
            var frame = STOMPFrame("MESSAGE")
            for number in 0..<random.next(in: 0..<5) { frame.headers.append("\(number)" + text(5), text(20)) }
            frame.body = (0..<random.next(in: 1..<50)).map { _ in UInt8(random.next(in: 0..<256)) }
            var buffer = ByteBuffer()
            try STOMPEncoder.encode(frame, .version12, into: &buffer)
            let read = try Self.decode(Array(buffer: buffer), portion: random.next(in: 1..<40))
            var expected = frame
            expected.headers.append("content-length", "\(frame.body.count)")
            try #require(read == [expected])
        }
    }

    @Test("Mutated input results in frames or an error, never in a crash or a hang") func mutations() {
        let seeds = [
            "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0\n",
            "MESSAGE\nsubscription:1\nack:x\\cy\ncontent-length:5\n\nhello\0\n\nRECEIPT\nreceipt-id:1\n\n\0",
        ].map { Array($0.utf8) }
        let special: [UInt8] = [0, 10, 13, 58, 92, 48, 57, 45, 255]
        let random = SeededRandom(seed: 2)
        let limits = STOMPDecoder.Limits(headerCount: 20, headerSize: 500, bodySize: 200)
        var (frames, errors) = (0, 0)
        for _ in 0..<(TestSize.isFull ? 200_000 : 20_000) {
            var bytes = seeds[random.next(in: 0..<seeds.count)]
            for _ in 0..<random.next(in: 1..<6) {
                let index = random.next(in: 0..<bytes.count)
                switch random.next(in: 0..<4) {
                case 0: bytes[index] = UInt8(random.next(in: 0..<256))
                case 1: bytes[index] = special[random.next(in: 0..<special.count)]
                case 2: bytes.insert(special[random.next(in: 0..<special.count)], at: index)
                default: if bytes.count > 1 { bytes.remove(at: index) }
                }
            }
            do {
                frames += try Self.decode(bytes, limits: limits, portion: random.next(in: 1..<64)).count
            } catch {
                errors += 1
            }
        }
        #expect(frames > 1_000)
        #expect(errors > 1_000)
    }

    @Test("The decoding time is linear in the input, also in portions of one byte") func linearTime() throws {
        // The thread's own: others use the processor too.
        func cpuTime() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        /// A body without an end, headers without an end, and heart-beats.
        func time(_ start: String, _ fill: UInt8, _ count: Int) throws -> Duration {
            var decoder = STOMPDecoder(
                STOMPDecoder.Limits(headerCount: .max, headerSize: .max, bodySize: .max))
            decoder.append(ByteBuffer(string: start))
            let byte = ByteBuffer(repeating: fill, count: 8)
            let began = cpuTime()
            for _ in 0..<count {
                decoder.append(byte)
                _ = try decoder.next()
            }
            return cpuTime() - began
        }
        for (start, fill) in [("MESSAGE\n\n", 65), ("MESSAGE\n", 65), ("", 10)] as [(String, UInt8)] {
            // The best of some.
            let small = try (0..<5).map { _ in try time(start, fill, 2_000) }.min() ?? .zero
            let large = try (0..<3).map { _ in try time(start, fill, 20_000) }.min() ?? .zero
            // Ten times as much input: 100 times as long if it were quadratic.
            #expect(large < small * 40 + .milliseconds(20), "\(small) and \(large)")
        }
    }
}
#endif
