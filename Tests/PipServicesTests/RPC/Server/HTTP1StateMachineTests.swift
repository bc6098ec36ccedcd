#if PIP_HTTP
import Testing

@testable import PipServices

@Suite struct HTTP1StateMachineTests {
    typealias Request = HTTP1StateMachine.Request
    typealias Response = HTTP1StateMachine.Response

    @Test(
        "Connections persist according to RFC 9112, 9.3",
        arguments: [
            (false, [], true), (false, ["keep-alive"], true), (false, ["te", "close"], false),
            (false, ["keep-alive", "close"], false), (true, [], false), (true, ["keep-alive"], true),
            (true, ["keep-alive", "close"], false), (true, ["te"], false),
        ] as [(Bool, [String], Bool)])
    func persistence(isHTTP10: Bool, connection: [String], expected: Bool) {
        #expect(Request(isHTTP10: isHTTP10, connection: connection).isPersistent == expected)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var request: Request? = Request()
        var status = 200
        var hasLength = true
        var closes = false
        let response: Response
        var sendsBody = true
    }

    private static let kept = Request(isHTTP10: true, connection: ["keep-alive"])
    private static let cases = [
        Case(testDescription: "a body with a length", response: Response()),
        Case(testDescription: "a body without a length", hasLength: false, response: Response(isChunked: true)),
        Case(
            testDescription: "the last request", request: Request(connection: ["close"]),
            response: Response(connection: .close)),
        Case(testDescription: "the last response", closes: true, response: Response(connection: .close)),
        Case(
            testDescription: "HTTP/1.0", request: Request(isHTTP10: true), hasLength: false,
            response: Response(connection: .close)),
        Case(testDescription: "HTTP/1.0, kept", request: kept, response: Response(connection: .keepAlive)),
        Case(
            testDescription: "HTTP/1.0, kept, with a transfer coding",
            request: Request(isHTTP10: true, connection: ["keep-alive"], hasTransferCoding: true),
            response: Response(connection: .close)),
        Case(
            testDescription: "HTTP/1.0, kept, a body without a length", request: kept, hasLength: false,
            response: Response(connection: .close)),
        Case(
            testDescription: "HTTP/1.0, kept, no body", request: kept, status: 204, hasLength: false,
            response: Response(connection: .keepAlive, mayHaveLength: false), sendsBody: false),
        Case(
            testDescription: "HEAD", request: Request(isHead: true), hasLength: false, response: Response(),
            sendsBody: false),
        Case(
            testDescription: "HEAD of HTTP/1.0, kept",
            request: Request(isHTTP10: true, isHead: true, connection: ["keep-alive"]), hasLength: false,
            response: Response(connection: .keepAlive), sendsBody: false),
        Case(testDescription: "204", status: 204, response: Response(mayHaveLength: false), sendsBody: false),
        Case(testDescription: "304", status: 304, response: Response(mayHaveLength: false), sendsBody: false),
        Case(testDescription: "what is not HTTP", request: nil, status: 400, response: Response(connection: .close)),
    ]

    @Test("Each response has the correct framing", arguments: cases)
    func framing(_ test: Case) {
        var machine = HTTP1StateMachine()
        if let request = test.request { machine.receive(request) }
        let informational = machine.beginResponse(status: 100, hasLength: false, closes: false)
        #expect(informational == Response(mayHaveLength: false))
        let response = machine.beginResponse(status: test.status, hasLength: test.hasLength, closes: test.closes)
        #expect(response == test.response)
        #expect(machine.sendsBody == test.sendsBody)
        machine.endResponse()
        #expect(!machine.sendsBody)
    }

    @Test("Pipelined requests get their own framing in order")
    func pipelining() {
        var machine = HTTP1StateMachine()
        for request in [Request(isHead: true), Request(), Self.kept] { machine.receive(request) }
        var responses: [Response] = []
        for _ in 0..<3 {
            responses.append(machine.beginResponse(status: 200, hasLength: false, closes: false))
            machine.endResponse()
        }
        #expect(responses == [Response(), Response(isChunked: true), Response(connection: .close)])
    }

    @Test(
        "List members are parsed without spaces, empty members and case",
        arguments: [
            ("close", ["close"]), (" TE ,\tClose,, ", ["te", "close"]), ("", []), (" , ", []),
            // The Kelvin sign and the long s are not ASCII.
            ("\u{212A}eep-alive", ["\u{212A}eep-alive"]), ("clo\u{17F}e", ["clo\u{17F}e"]),
        ] as [(String, [String])])
    func tokens(_ value: String, _ expected: [String]) {
        #expect(FieldTokens.read(value).map { ScalarText($0) } == expected.map { ScalarText($0) })
    }
}
#endif
