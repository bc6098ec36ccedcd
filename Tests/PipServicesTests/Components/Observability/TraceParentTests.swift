import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct TraceParentTests {
    private static let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func itIsReadAndWritten() throws {
        let parent = try #require(TraceParent(Self.text, state: "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"))
        #expect(parent.traceId == "0af7651916cd43dd8448eb211c80319c")
        #expect(parent.parentId == "b7ad6b7169203331")
        #expect(parent.isSampled)
        #expect(parent.state == "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
        #expect("\(parent)" == Self.text)
        let child = parent.child(SeededRandom(seed: 1))
        #expect(child.trace == parent.trace)
        #expect(child.parent != parent.parent)
        #expect(child.state == parent.state)
        #expect(TraceParent("00-00000000000000000000000000000001-0000000000000001-00").map { "\($0)" }?.count == 55)
    }

    @Test(arguments: [
        "", "00", text + "0", text + "-x", "ff" + text.dropFirst(2), "0x" + text.dropFirst(2), text.uppercased(),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "01" + text.dropFirst(2) + "x",
        String(repeating: "0", count: 100_000), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0é",
    ])
    func whatIsMalformedIsNone(text: String) { #expect(TraceParent(text) == nil) }

    @Test func ofLaterVersionsWhatIsKnownIsRead() {
        let later = TraceParent("cc" + Self.text.dropFirst(2).dropLast(2) + "09-what-the-future-brings")
        #expect(later.map { "\($0)" } == Self.text)
        #expect(TraceParent(" \(Self.text)\t") != nil, "blanks around a header field do not count")
    }

    @Test func aStateThatIsMalformedIsDropped() {
        for state in ["", " ", "a\nb", "ü", String(repeating: "x", count: 513)] {
            #expect(TraceParent(Self.text, state: state)?.state == nil)
        }
    }

    @Test func anyTextIsTaken() {
        let seed: UInt64 = 4711
        print("traceparent: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let letters = Array("0123456789abcdefF-x\u{0}é")
        for _ in 0..<20_000 {
            var text = Array(Self.text)
            for _ in 0..<random.next(in: 0..<3) {
                text[random.next(in: 0..<text.count)] = letters[random.next(in: 0..<letters.count)]
            }
            guard let parent = TraceParent(String(text)) else { continue }
            #expect(TraceParent("\(parent)") == parent)
        }
        for seed in 0..<100 as Range<UInt64> {
            let made = TraceParent(SeededRandom(seed: seed))
            #expect(TraceParent("\(made)") == made)
        }
    }

    @Test func anEndpointReadsItAndBindsTheContext() async throws {
        let endpoint = try await assemble(HTTPEndpoint(), config: ["options.generate_trace_id": "false"])
        let route = RestRoute(.get, "/x") { context, _ -> AnyValue in
            [
                "trace": context.traceId.map(AnyValue.string) ?? .null,
                "parent": context.traceParent.map { .string("\($0) \($0.state ?? "")") } ?? .null,
                "current": Context.current?.traceId.map(AnyValue.string) ?? .null,
                "bound": .bool(Context.current?.traceParent == context.traceParent),
            ]
        }
        endpoint.register([route], for: endpoint)
        func call(_ headers: [(name: String, value: String)]) async -> String {
            String(
                decoding: await endpoint.respond(to: RestRequest(.get, "/x", headers: HeaderFields(headers))).body,
                as: UTF8.self)
        }
        #expect(
            await call([("traceparent", Self.text), ("tracestate", "a=b")])
                == #"{"trace":"0af7651916cd43dd8448eb211c80319c","parent":"\#(Self.text) a=b","#
                + #""current":"0af7651916cd43dd8448eb211c80319c","bound":true}"#)
        #expect(
            await call([("traceparent", Self.text), ("trace_id", "t1")])
                == #"{"trace":"t1","parent":"\#(Self.text) ","current":"t1","bound":true}"#)
        #expect(
            await call([("traceparent", "nonsense")]) == #"{"trace":null,"parent":null,"current":null,"bound":true}"#)
    }

    @Test func contextsThatAreBoundAgainDoNotPileUp() async {
        var context = Context(traceId: "a")
        for index in 0..<100 {
            context = await context.bind { Context.current ?? .empty }
            context.traceId = "\(index)"
        }
        await context.bind {
            #expect(Context.current?.traceId == "99")
            #expect(Context.current?.serviceContext.count == 1)
        }
        #expect(Context.current == nil)
    }
}
