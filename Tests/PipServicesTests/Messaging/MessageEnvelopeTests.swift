import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MessageEnvelopeTests {
    @Test("An envelope survives JSON, including fields unknown to other languages") func roundTrip() throws {
        var sent = MessageEnvelope(Context(traceId: "trace"), "type", Array(0...255), group: "group")
        sent.sentTime = Date(timeIntervalSince1970: 1_577_934_245.678)
        sent.replyTo = "replies"
        sent.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "a=1")
        let json = JSONConverter.toJSON(.map(sent.toJSON()))
        #expect(try MessageEnvelope.fromJSON(json) == sent)
        #expect(try MessageEnvelope.fromJSON(json).traceParent?.state == "a=1")
    }

    @Test("A plain message has only the five common fields") func commonNames() {
        let names = MessageEnvelope(.empty, "t", "x").toJSON().keys
        #expect(names == ["message_id", "trace_id", "message_type", "sent_time", "message"])
    }

    @Test("The lock and the delivery count of a message are never serialized") func referenceIsLocal() throws {
        var message = MessageEnvelope(.empty, "t", "x")
        message.reference = MessageReference(queue: "q", token: "secret token")
        message.deliveryCount = 3
        let json = JSONConverter.toJSON(.map(message.toJSON()))
        #expect(!json.contains("secret token"))
        #expect(try MessageEnvelope.fromJSON(json).reference == nil)
        #expect(try MessageEnvelope.fromJSON(json).deliveryCount == 0)
    }

    @Test("The field names of version 3 are accepted") func version3() throws {
        let read = try MessageEnvelope.fromJSON(
            #"{"message_id":"1","correlation_id":"trace","message_type":"t","sent_time":"2020-01-02T03:04:05Z","message":"eA=="}"#
        )
        #expect(read.traceId == "trace")
        #expect(read.messageAsString == "x")
    }

    @Test(
        "What is no envelope is BAD_MESSAGE",
        arguments: [
            "", "{bad", "[]", "1", "null", "\"x\"", #"{"message":1}"#, #"{"message":"%%%"}"#,
        ])
    func badEnvelopes(_ text: String) {
        do {
            _ = try MessageEnvelope.fromJSON(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.code == "BAD_MESSAGE")
            #expect(error.status == 400)
        }
        let wire = MessageEnvelope(wire: Array(text.utf8))
        #expect(wire.defect?.code == "BAD_MESSAGE")
        #expect(wire.messageAsString == text, "the bytes are kept")
    }

    @Test("Malformed fields are ignored and the others are kept") func unexpectedKinds() throws {
        let read = try MessageEnvelope.fromJSON(
            #"{"message_id":1,"trace_id":{},"message_type":[],"sent_time":"yesterday","group":"","traceparent":"x"}"#)
        #expect(read.messageId.utf8.count == 32)
        #expect(read.traceId == nil)
        #expect(read.messageType == nil)
        #expect(read.sentTime == nil)
        #expect(read.group == nil)
        #expect(read.traceParent == nil)
        #expect(read.message == nil)
    }

    @Test("A malformed payload is BAD_MESSAGE with the position") func payloads() throws {
        struct Payload: Codable, Equatable { var name: String }
        let good = try MessageEnvelope(.empty, "t", encoding: Payload(name: "x"))
        #expect(try good.getMessageAs(Payload.self) == Payload(name: "x"))
        #expect(good.messageAsString == #"{"name":"x"}"#)
        #expect(try MessageEnvelope(.empty, "t", nil as [UInt8]?).getMessageAs() == .null)
        for bad in [
            MessageEnvelope(.empty, "t", "{}"), .init(.empty, "t", "{bad"), .init(.empty, "t", nil as [UInt8]?),
        ] {
            do {
                _ = try bad.getMessageAs(Payload.self)
                Issue.record("\(bad) was read")
            } catch {
                #expect(error.code == "BAD_MESSAGE")
                #expect(error.details["message_id"] == .string(bad.messageId))
            }
        }
    }

    @Test("The description of a message is short, whatever its payload") func description() {
        #expect("\(MessageEnvelope(.empty, nil, nil as [UInt8]?))" == "[---,---,---]")
        #expect("\(MessageEnvelope(.empty, "t", [0xFF, 0x61]))" == "[---,t,\u{FFFD}a]")
    }
}
