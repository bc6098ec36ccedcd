import PipServices
import Testing

/// A dynamic value can be written as `nil`, so a missing value is easily confused with `.null`.
@Suite struct MissingValueTests {
    private func isMissing(_ value: AnyValue?) -> Bool {
        if case .none = value { true } else { false }
    }

    @Test func aNullUserIsNone() {
        #expect(isMissing(Context(["user": .null]).user))
        #expect(isMissing(Context([:]).user))
    }

    @Test func anEmptyBodyHasNoJSON() async throws {
        #expect(isMissing(try await RestBody().json()))
        #expect(try await !isMissing(RestBody(Array("null".utf8)).json()))
    }

    @Test func aTextThatIsRegisteredIsFoundByItself() {
        let references = References([("one", "text"), ("a:b:c:d:1.0", "other")])
        #expect(references.getOneOptional("text") == "text")
        #expect(references.getOneOptional("a:b:*:*:*") == "other")
        #expect(references.getOneOptional("none", as: String.self) == nil)
    }

    @Test func whatIsNotThereIsNone() throws {
        var array: AnyValueArray = [nil]
        #expect(isMissing(array[1]))
        #expect(!isMissing(array[0]))
        let removed = array.remove(1)
        #expect(isMissing(removed))
        #expect(isMissing(ObjectReader.getProperty([1], "1")))
        #expect(isMissing(ObjectReader.getProperty(5, "a")))
        #expect(!isMissing(ObjectReader.getProperty(["a": nil], "A")))
        #expect(isMissing(RecursiveObjectReader.getProperty(["a": nil], "a.b")))
        #expect(isMissing(Parameters(["a": nil] as AnyValueMap)["b"]))
        #expect(isMissing(Parameters(["a": nil] as AnyValueMap)["a.b"]))
        #expect(isMissing(try RecursiveMapConverter.toNullableMap(AnyValue.null)))
        #expect(isMissing(TypeConverter.toNullableType(.object, .null)))
    }
}
