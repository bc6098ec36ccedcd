import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CommonsTests {
    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00.000Z"), (1_577_934_245.678, "2020-01-02T03:04:05.678Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"),
        (-62_135_596_800, "0001-01-01T00:00:00.000Z"), (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
    ])
    func datesAreWrittenInISO8601(seconds: Double, text: String) {
        #expect(StringConverter.toString(.date(Date(timeIntervalSince1970: seconds))) == text)
        let parsed = DateTimeConverter.toNullableDateTime(.string(text))
        #expect(parsed.map { abs($0.timeIntervalSince1970 - seconds) < 0.0005 } == true)
    }

    @Test func datesAgreeWithFoundationOverCenturies() throws {
        let random = SeededRandom(seed: 7)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            let date = Date(timeIntervalSince1970: Double(random.next(in: -12_000_000_000..<200_000_000_000)))
            #expect(ISODate.format(date) == date.formatted(style))
            #expect(ISODate.parse(ISODate.format(date)) == date)
        }
    }

    @Test(arguments: [
        (1.0, "1"), (1.5, "1.5"), (-0.5, "-0.5"), (1e21, "1e+21"), (1e-7, "1e-7"),
        (0.00001, "0.00001"), (-0.000015, "-0.000015"), (1e-6, "0.000001"), (1.25e-6, "0.00000125"), (9.5e-7, "9.5e-7"),
        (123_456_789_012_345_680, "123456789012345680"),
        (1e15, "1000000000000000"), (1.5e300, "1.5e+300"), (.nan, "NaN"),
    ])
    func numbersAreWrittenAsJavaScriptDoes(value: Double, text: String) {
        #expect(StringConverter.toString(.double(value)) == text)
    }

    @Test func idsHaveTheirForm() {
        let long = IdGenerator.nextLong()
        #expect(long.count == 32)
        #expect(long.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(long.dropFirst(12).first == "4")
        #expect("89ab".contains(long.dropFirst(16).first ?? "x"))
        #expect(IdGenerator.nextShort().count == 9)
        #expect(IdGenerator.nextLong(SeededRandom(seed: 1)) == IdGenerator.nextLong(SeededRandom(seed: 1)))
        #expect(Set((0..<1000).map { _ in IdGenerator.nextLong() }).count == 1000)
    }

    @Test func aContextIsAValue() {
        var context = Context(traceId: "t", client: "c", user: "u", values: ["k": 1])
        let copy = context
        context.traceId = "other"
        context["k"] = 2
        #expect(copy.traceId == "t")
        #expect(copy["k"] == 1)
        #expect(copy["trace_id"] == "t")
        #expect(context["client"] == "c")
        #expect(Context(["traceId": "x"]).traceId == "x")
        #expect(Context(["correlation_id": "old"]).traceId == "old")
        #expect(Context.empty.traceId == nil)
    }

    @Test func errorsTravel() throws {
        let error = ApplicationError.notFound(code: "NO_BEACON", "gone", traceId: "t", details: ["id": "1"])
            .withCause(CancellationError())
        let text = try JSONConverter.toJSON(ErrorDescription(error))
        #expect(text.contains(#""stack_trace":null"#))
        let restored = try #require(ErrorDescription(try JSONConverter.fromJSON(text))).applicationError
        #expect(restored.category == .notFound)
        #expect(restored.status == 404)
        #expect(restored.code == "NO_BEACON")
        #expect(restored.message == "gone")
        #expect(restored.traceId == "t")
        #expect(restored.details == ["id": "1"])
        #expect(restored.cause == "CancellationError()")
    }

    @Test func nodesErrorsAreReadToo() throws {
        let node: AnyValue = [
            "code": "X", "status": 409, "message": "m", "name": "ConflictException", "stack": "at f",
            "category": "Conflict",
            "correlation_id": "old",
        ]
        let error = try #require(ErrorDescription(node)).applicationError
        #expect(error.category == .conflict)
        #expect(error.stackTrace == "at f")
        #expect(error.traceId == "old")
        #expect(ErrorDescription("text") == nil)
    }

    @Test func wrappingKeepsApplicationErrors() {
        let inner = ApplicationError.conflict(code: "IN", "in")
        let outer = ApplicationError.invocation(code: "OUT", "out")
        #expect(outer.wrap(inner).code == "IN")
        #expect(outer.wrap(CancellationError()).code == "OUT")
        #expect(outer.wrap(CancellationError()).cause == "CancellationError()")
    }

    @Test func factoriesTellWhatTheyCanCreate() throws {
        final class Part: Component {}
        let first = Factory("a:b:c:*:1.0") { Part() }
        let composite = CompositeFactory([first])
        #expect(composite.canCreate("a:b:c:d:1.0") == "a:b:c:*:1.0")
        #expect(composite.canCreate("a:x:c:d:1.0") == nil)
        #expect(try composite.create("a:b:c:d:1.0") is Part)
        let error = #expect(throws: ApplicationError.self) { try composite.create("x:x:x:x:x") }
        #expect(error?.code == "CANNOT_CREATE")
        let second = Factory("a:b:c:*:1.0") { throw ApplicationError.unsupported(code: "NO", "no") }
        composite.add(second)
        #expect(throws: ApplicationError.self) { try composite.create("a:b:c:d:1.0") }
    }

    @Test func nearestNames() {
        #expect(NearestName.find("conection", among: ["connection", "options"]) == "connection")
        #expect(NearestName.find("xyz", among: ["connection"]) == nil)
    }
}
