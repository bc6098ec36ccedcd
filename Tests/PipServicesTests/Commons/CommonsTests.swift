import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CommonsTests {
    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00.000Z"), (1_577_934_245.678, "2020-01-02T03:04:05.678Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"),
        (-62_135_596_800, "0001-01-01T00:00:00.000Z"), (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800, "+010000-01-01T00:00:00.000Z"), (-62_167_219_200, "0000-01-01T00:00:00.000Z"),
        (-62_167_219_201, "-000001-12-31T23:59:59.000Z"),
    ])
    func datesAreWrittenInISO8601(seconds: Double, text: String) {
        #expect(StringConverter.toString(.date(Date(timeIntervalSince1970: seconds))) == text)
        let parsed = DateTimeConverter.toNullableDateTime(.string(text))
        #expect(parsed.map { abs($0.timeIntervalSince1970 - seconds) < 0.0005 } == true)
    }

    @Test(
        "Dates are read with all forms of time zones, fractions and separators",
        arguments: [
            ("2020-01-02T03:04:05+05:30", "2020-01-01T21:34:05.000Z"),
            ("2020-01-02T03:04:05+0530", "2020-01-01T21:34:05.000Z"),
            ("2020-01-02T03:04:05-0530", "2020-01-02T08:34:05.000Z"),
            ("2020-01-02T03:04:05+0030", "2020-01-02T02:34:05.000Z"),
            ("2020-01-02T03:04:05+05", "2020-01-01T22:04:05.000Z"),
            ("2020-01-02T03:04:05-00:01", "2020-01-02T03:05:05.000Z"),
            ("2020-01-02 03:04", "2020-01-02T03:04:00.000Z"), ("2020-01-02t03:04:05z", "2020-01-02T03:04:05.000Z"),
            ("2020-01-02T03:04:05.1", "2020-01-02T03:04:05.100Z"),
            ("2020-01-02T03:04:05.1299Z", "2020-01-02T03:04:05.129Z"),
            ("2020-01-02T23:59:60Z", "2020-01-03T00:00:00.000Z"), ("2020-1-2", "2020-01-02T00:00:00.000Z"),
            (" 2020-12-31 ", "2020-12-31T00:00:00.000Z"), ("2020-04-30", "2020-04-30T00:00:00.000Z"),
        ] as [(String, String)])
    func datesAreRead(text: String, written: String) {
        #expect(DateTimeConverter.toNullableDateTime(.string(text)).map { ISODate.format($0) } == written)
    }

    @Test(
        "A date that does not exist is not a date",
        arguments: [
            "2020-00-01", "2020-13-01", "2019-02-29", "1900-02-29", "2020-02-30", "2020-04-31", "2020-01-32",
            "2020-01-00", "2020-01-02T24:00", "2020-01-02T03:60", "2020-01-02T03:04:61", "2020-01-02T03:04:05.",
            "2020-01-02T03:04:05+5", "2020-01-02T03:04:05+05:3", "2020-01-02T03:04:05+05:30x", "2020-01-02T03:04:05 x",
            "20200-01-02", "+2020-01-02", "2020-01-02x",
        ])
    func datesThatDoNotExist(text: String) { #expect(DateTimeConverter.toNullableDateTime(.string(text)) == nil) }

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
        #expect(Context(["trace_id": "", "traceId": "second", "correlation_id": "third"]).traceId == "second")
        #expect(Context(client: "c", user: "u")["user"] == "u")
        #expect(Context(traceId: "t", values: ["trace_id": "own"])["trace_id"] == "own")
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

    @Test("The forms of errors that only the Python edition sends are read") func pythonErrors() throws {
        let python: AnyValue = [
            "code": "X", "status": 0, "message": "m", "category": "BadRequest", "cause": "None",
            "trace_id": ["trace_id": "t"],
        ]
        let error = try #require(ErrorDescription(python)).applicationError
        #expect(error.cause == nil)
        #expect(error.status == 400)
        #expect(error.traceId == "t")
    }

    @Test("An error of an unknown category keeps its status, and missing fields have defaults") func unknownErrors()
        throws
    {
        let (odd, empty): (AnyValue, AnyValue) = (["category": "Teapot", "status": 418, "cause": "c"], [:])
        let error = try #require(ErrorDescription(odd)).applicationError
        #expect(error.category.rawValue == "Teapot")
        #expect(error.status == 418)
        #expect(error.code == "UNKNOWN")
        #expect(error.message == "Unknown error")
        #expect(error.cause == "c")
        #expect(ErrorDescription(empty)?.status == 500)
    }

    @Test("The description of an error has all fields, also the empty ones") func descriptionsOfErrors() throws {
        let text = try JSONConverter.toJSON(ErrorDescription(ApplicationError.badRequest(code: "X", "m")))
        #expect(text.contains(#""details":null"#))
        let other = ErrorDescription(CancellationError())
        #expect(other.type == "CancellationError")
        #expect(other.category == "Unknown")
        #expect(other.status == 500)
        #expect(other.code == "UNKNOWN")
    }

    @Test("Each part of a descriptor counts", arguments: 0..<5) func descriptorParts(part: Int) throws {
        func descriptor(_ value: String) throws -> Descriptor {
            var parts = ["a", "b", "c", "d", "1.0"]
            parts[part] = value
            return try Descriptor(parsing: parts.joined(separator: " : "))
        }
        let (one, other, open) = (try descriptor("x"), try descriptor("y"), try descriptor("*"))
        #expect(try one == descriptor("x"))
        #expect(one != other && one != open)
        #expect(!one.match(other))
        #expect(one.match(open) && open.match(one))
        #expect(one.isComplete && !open.isComplete)
    }

    @Test("A descriptor has five parts", arguments: ["", "a:b:c:d", "a:b:c:d:1.0:e"])
    func malformedDescriptors(text: String) {
        let error = #expect(throws: ApplicationError.self) { try Descriptor(parsing: text) }
        #expect(error?.code == "BAD_DESCRIPTOR")
        #expect(error?.details == ["descriptor": .string(text)])
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
        // Two letters of a short name may differ, and a third of a long one.
        #expect(NearestName.find("abcd", among: ["wxcd"]) == "wxcd")
        #expect(NearestName.find("abcd", among: ["wxyd"]) == nil)
        #expect(NearestName.find("abc", among: ["abcde"]) == "abcde")
        #expect(NearestName.find("abcdefghijkl", among: ["wxyzefghijkl"]) == "wxyzefghijkl")
        #expect(NearestName.find("abcdefghijkl", among: ["vwxyzfghijkl"]) == nil)
        #expect(NearestName.find("abcd", among: ["abxy", "abcx", "xbcd"]) == "abcx")
    }
}
