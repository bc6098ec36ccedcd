import Foundation
import Testing

@testable import PipServices

/// Values and messages of AMQP 1.0 on the wire.
@Suite struct AMQPCodecTests {
    private static let values: [AMQPValue] = [
        .null, .bool(true), .bool(false), .ubyte(200), .ushort(60_000), .uint(0), .uint(255), .uint(256), .uint(.max),
        .ulong(0), .ulong(255), .ulong(.max), .byte(-100), .short(-30_000), .int(-1), .int(.min), .long(127),
        .long(.max), .float(1.5), .double(-0.1), .decimal([1, 2, 3, 4]), .char(0x1F600), .timestamp(-5),
        .uuid(Array(0..<16)), .binary([]), .binary([UInt8](repeating: 7, count: 300)), .string("Grüße"),
        .string(String(repeating: "x", count: 300)), .symbol("s"), .list([]), .list([.null, .string("a")]),
        .list([AMQPValue](repeating: .int(1_000), count: 300)), .map([:]), .map(["a": .list([.int(1)]), "b": .null]),
        .array([.long(1), .long(2)]), .array([.uuid(Array(0..<16))]), .array([.string("a"), .string("")]),
        .described(descriptor: .symbol("d"), .string("v")),
    ]

    @Test("Each value is decoded as it was encoded", arguments: values)
    func roundTrip(_ value: AMQPValue) throws {
        var decoder = AMQPDecoder(AMQPEncoder.bytes(of: value))
        #expect(try decoder.next() == value)
        #expect(decoder.isAtEnd)
    }

    @Test("Values are encoded as in the specification") func bytes() throws {
        #expect(AMQPEncoder.bytes(of: .uint(0)) == [0x43])
        #expect(AMQPEncoder.bytes(of: .string("hi")) == [0xA1, 2, 0x68, 0x69])
        #expect(AMQPEncoder.bytes(of: .list([.bool(true), .null])) == [0xC0, 3, 2, 0x41, 0x40])
        #expect(
            AMQPEncoder.bytes(of: .array([.long(1)])) == [0xF0, 0, 0, 0, 13, 0, 0, 0, 1, 0x81, 0, 0, 0, 0, 0, 0, 0, 1])
        // Other forms of the same, as peers may write them.
        for (bytes, value) in [
            ([0x70, 0, 0, 0, 1], .uint(1)), ([0x56, 1], .bool(true)), ([0x80, 0, 0, 0, 0, 0, 0, 0, 9], .ulong(9)),
            ([0xE0, 4, 2, 0x55, 1, 2], .array([.long(1), .long(2)])),
            ([0xE0, 5, 2, 0xA1, 1, 0x61, 0], .array([.string("a"), .string("")])),
            ([0xE0, 2, 3, 0x45], .array([.list([]), .list([]), .list([])])),
            ([0xE0, 7, 1, 0, 0xA3, 1, 0x64, 0x50, 5], .array([.described(descriptor: .symbol("d"), .ubyte(5))])),
        ] as [([UInt8], AMQPValue)] {
            var decoder = AMQPDecoder(bytes)
            #expect(try decoder.next() == value)
        }
    }

    @Test(
        "Bytes that are no value are an error",
        arguments: [
            [], [0x01], [0x70, 0], [0xA1, 5, 0x61], [0xB0, 0xFF, 0xFF, 0xFF, 0xFF], [0xC0, 3, 200, 0x40, 0x40],
            [0xD0, 0, 0, 0, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0x40, 0x40, 0x40, 0x40], [0xC1, 2, 1, 0x40], [0x00],
            [0x00, 0x40],
            // An array of billions of elements without bytes.
            [0xF0, 0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x45],
        ] as [[UInt8]])
    func malformed(_ bytes: [UInt8]) {
        var decoder = AMQPDecoder(bytes)
        #expect(throws: AMQPCodecError.self) { try decoder.next() }
    }

    @Test("The nesting of a value is limited") func depth() {
        var bytes: [UInt8] = [0x45]
        for _ in 0..<1_000 {
            let size = bytes.count + 4
            let head: [UInt8] = [
                0xD0, 0, UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255), 0, 0, 0, 1,
            ]
            bytes = head + bytes
        }
        for bytes in [bytes, [UInt8](repeating: 0, count: 100_000), [0xE0, 3] + [UInt8](repeating: 0, count: 100)] {
            var decoder = AMQPDecoder(bytes)
            #expect(throws: AMQPCodecError.self) { try decoder.next() }
        }
    }

    @Test("No modified message traps") func hostile() {
        var random = SeededNumbers(seed: 7)
        let message = Self.full.encoded
        for _ in 0..<(TestSize.isFull ? 20_000 : 3_000) {
            var bytes = message
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                case 1: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                default: bytes.insert(.random(in: 0...255, using: &random), at: 0)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let (_, envelope) = AMQPMessage.envelope(wire: bytes, type: .subject)
            if let defect = envelope.defect { #expect(defect.code == "BAD_MESSAGE") }
        }
    }

    private static var full: AMQPMessage {
        var envelope = MessageEnvelope(Context(traceId: "trace"), "type", "payload", group: "g")
        envelope.replyTo = "answers"
        envelope.sentTime = Date(timeIntervalSince1970: 1_000)
        envelope.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        var message = AMQPMessage(envelope, type: .subject)
        message.isDurable = true
        (message.priority, message.timeToLive) = (7, 5_000)
        message.annotations = .symbols(["x-opt-a": .list([.int(1), .map(["b": .uuid(Array(0..<16))])])])
        return message
    }

    @Test("A message is decoded as it was encoded") func message() throws {
        let message = Self.full
        #expect(try AMQPMessage(message.encoded) == message)
        for type in [AMQPMessage.TypeField.subject, .contentType] {
            var envelope = MessageEnvelope(Context(traceId: "trace"), "type", [0, 1, 255])
            envelope.sentTime = Date(timeIntervalSince1970: 1_000)
            let read = try AMQPMessage(AMQPMessage(envelope, type: type).encoded).envelope(type: type)
            #expect((read.messageId, read.traceId, read.messageType) == (envelope.messageId, "trace", "type"))
            #expect((read.message, read.sentTime) == (envelope.message, envelope.sentTime))
        }
    }

    @Test("Nested arrays of zero-size elements are limited") func bomb() throws {
        func array(_ count: UInt8, of code: UInt8, _ elements: [[UInt8]]) -> [UInt8] {
            let body: [UInt8] = [0, 0, 0, count, code] + elements.joined()
            return [0, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
        }
        func decode(_ count: UInt8) throws -> AMQPValue {
            let inner = array(250, of: 0x40, [])
            var decoder = AMQPDecoder([0xF0] + array(count, of: 0xF0, Array(repeating: inner, count: Int(count))))
            return try decoder.next()
        }
        #expect(try decode(40).list?.count == 40)
        #expect(throws: AMQPCodecError.self) { try decode(41) }
    }

    @Test("A message type that is not ASCII is sent as a property") func types() throws {
        for (type, symbol) in [("order.created", "order.created"), ("größe", nil), (nil, nil)] as [(String?, String?)] {
            let message = AMQPMessage(MessageEnvelope(.empty, type, "a"), type: .contentType)
            #expect(message.contentType == symbol)
            #expect(try AMQPMessage(message.encoded).envelope(type: .contentType).messageType == type)
        }
    }

    @Test("A payload of every kind becomes bytes") func payloads() throws {
        func payload(_ body: AMQPMessage.Body) throws -> String? {
            var message = AMQPMessage()
            message.body = body
            return try AMQPMessage(message.encoded).envelope(type: .subject).messageAsString
        }
        #expect(try payload(.value(.null)) == nil)
        #expect(try payload(.data([])) == "")
        #expect(try payload(.value(.string("a"))) == "a")
        #expect(
            try payload(.value(.map(["a": .list([.int(1), .bool(true), .double(1.5)])]))) == #"{"a":[1,true,1.5]}"#)
        #expect(
            try payload(.sequence([.symbol("s"), .uuid(Array(0..<16))]))
                == #"["s","00010203-0405-0607-0809-0a0b0c0d0e0f"]"#)
        // Several sections of data are one payload.
        var encoder = AMQPEncoder()
        encoder.addData([1])
        encoder.addData([2])
        #expect(try AMQPMessage(encoder.bytes).body == .data([1, 2]))
    }

    @Test("Previous deliveries of a message are counted") func deliveries() throws {
        var message = AMQPMessage()
        message.isFirstAcquirer = false
        #expect(message.envelope(type: .subject).deliveryCount == 1)
        message.deliveryCount = 3
        #expect(message.envelope(type: .subject).deliveryCount == 3)
        message.deliveryCount = .max
        #expect(message.envelope(type: .subject).deliveryCount == 1_000_000)
    }

    @Test("Invalid bytes become an unreadable message") func unreadable() {
        let (_, envelope) = AMQPMessage.envelope(wire: [1, 2, 3], type: .subject)
        #expect(envelope.message == [1, 2, 3])
        #expect(envelope.defect?.code == "BAD_MESSAGE")
    }
}

/// Numbers that are the same each time.
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
