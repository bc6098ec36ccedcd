import FoundationEssentials
import PipServices
import Testing

@Suite struct DynamicValueTests {
    @Test func everyHolderHasTheSameGetters() {
        let value: AnyValue = "12"
        let array: AnyValueArray = ["12"]
        let map: AnyValueMap = ["a": "12"]
        let texts: StringValueMap = ["a": "12"]
        #expect(
            [value.getAsInteger(), array.getAsInteger(0), map.getAsInteger("a"), texts.getAsInteger("a")] == [
                12, 12, 12, 12,
            ])
        #expect(array.getAsLong(7, default: 5) == 5)
        #expect(array.getAsNullableBoolean(-1) == nil)
        #expect(map.getAsArray("b", default: [1]) == [1])
        #expect(map.getAsMap("a", default: ["x": 1]) == ["x": 1])
        #expect(map.getAsType(.long, "a") == 12)
        #expect(map.getAsType(.map, "a") == [:])
        #expect(map.getAsType(.dateTime, "b", default: 3) == 3)
        #expect(array.getAsMap(0).isEmpty)
    }

    @Test("The description of an optional value, such as a context's user, shows the content of a map")
    func textForDebugging() {
        let context = Context(user: ["name": "ann", "roles": ["a", nil]])
        #expect(String(describing: context.user) == #"Optional({"name":"ann","roles":["a",null]})"#)
        #expect(context.user.map { "\($0)" } == "[object Object]")
    }

    @Test func whatCannotBeConvertedIsMissing() {
        for type in TypeCode.allCases {
            guard case .none = TypeConverter.toNullableType(type, .null) else {
                Issue.record("\(type) of null is not missing")
                return
            }
        }
        guard case .none = ("abc" as AnyValue).getAsNullableType(.integer) else {
            Issue.record("abc is no number")
            return
        }
        #expect(TypeConverter.toType(.dateTime, "abc") == .null)
        #expect(TypeConverter.toType(.array, .null) == [])
    }

    @Test("A value that can't be converted becomes the empty value of the type, or the default") func emptyValues() {
        let values: [(TypeCode, AnyValue)] = [
            (.string, ""), (.boolean, false), (.integer, 0), (.long, 0), (.float, .double(0)), (.double, .double(0)),
            (.array, []), (.map, [:]), (.dateTime, .null), (.unknown, .null), (.object, .null), (.enum, .null),
            (.duration, .null),
        ]
        #expect(values.count == TypeCode.allCases.count)
        for (type, empty) in values {
            #expect(TypeConverter.toType(type, .null) == empty, "\(type)")
            #expect(TypeConverter.toType(type, .null, default: "d") == "d", "\(type)")
        }
        #expect(TypeConverter.toType(.boolean, "maybe") == .bool(false))
    }

    @Test("Only the words for true and false are Booleans") func booleans() {
        for text in ["1", "true", "T", "yes", "Y"] {
            #expect(BooleanConverter.toNullableBoolean(.string(text)) == true, "\(text)")
        }
        for text in ["0", "False", "f", "no", "N"] {
            #expect(BooleanConverter.toNullableBoolean(.string(text)) == false, "\(text)")
        }
        for text in ["", "2", "on", "tru", "none"] {
            #expect(BooleanConverter.toNullableBoolean(.string(text)) == nil, "\(text)")
        }
        #expect(BooleanConverter.toBoolean("maybe", default: true))
        #expect(BooleanConverter.toBoolean(.double(0.5)) && BooleanConverter.toBoolean(-1))
        #expect(!BooleanConverter.toBoolean(.double(0)) && !BooleanConverter.toBoolean(0))
    }

    @Test("Integers are rounded and clamped, and strings are read up to the end of their number") func integers() {
        let values: [(AnyValue, Int64)] = [
            (.double(0.5), 1), (.double(-0.5), 0), (.double(-0.6), -1), (.double(1.4), 1), (.double(0x1p63), .max),
            (.double(-0x1p63), .min), (.double(-1e19), .min), ("12abc", 12), ("1e2x", 100), ("1e", 1), ("1e+x", 1),
            (" +7", 7), ("-7", -7), (".5", 1), ("9223372036854775807", .max), (true, 1),
        ]
        for (value, number) in values { #expect(LongConverter.toNullableLong(value) == number, "\(value)") }
        for value in ["abc", "", "-", ".", "e5", .double(.nan), [:], [], .null] as [AnyValue] {
            #expect(LongConverter.toNullableLong(value) == nil, "\(value)")
        }
        #expect(DoubleConverter.toNullableDouble("Infinity") == .infinity)
        #expect(DoubleConverter.toNullableDouble("+Infinity") == .infinity)
        #expect(DoubleConverter.toNullableDouble(" -Infinity") == -.infinity)
        #expect(DoubleConverter.toNullableDouble("Inf") == nil)
    }

    @Test func comparisons() {
        #expect((1.5 as AnyValue).equals("1.5"))
        #expect(!("" as AnyValue).equals(.null))
        #expect((["a": 1] as AnyValue).equals(["a": 1]))
        #expect(!(["a": 1] as AnyValue).equals(["a": 2]))
        #expect(([1, ["2"]] as AnyValue).equals(["1", [2]]))
        #expect(("2020-01-02" as AnyValue).equalsAsType(.dateTime, "2020-01-02T00:00:00Z"))
        #expect(!("a" as AnyValue).equalsAsType(.integer, "b"))
        #expect(!(1 as AnyValue).equalsAsType(.object, "1"))
        #expect((1 as AnyValue).equalsAsType(.object, 1.0))
        let array: AnyValueArray = [1, "2.0", .null, true]
        #expect(array.contains(2))
        #expect(array.contains("1"))
        #expect(array.contains(.null))
        #expect(!array.contains(""))
        #expect(!array.contains(9_007_199_254_740_993))
        #expect(array.containsAsType(.integer, "2"))
    }

    @Test func arraysGrowWithinBounds() {
        var array: AnyValueArray = [1]
        let isPut = array.put(3, 4)
        #expect(isPut)
        #expect(array.values == [1, nil, nil, 4])
        for index in [-1, .max, .min, 2000] {
            let isPut = array.put(index, 0)
            #expect(!isPut)
        }
        let (none, first) = (array.remove(9), array.remove(0))
        #expect(none == .none)
        #expect(first == 1)
        #expect(array.count == 3)
        var (near, far): (AnyValueArray, AnyValueArray) = ([1], [1])
        let (isNear, isFar) = (near.put(1001, 2), far.put(1002, 2))
        #expect(isNear && near.count == 1002)
        #expect(!isFar && far == [1])
        far.append([2, 3])
        #expect(far == [1, 2, 3])
        far.clear()
        #expect(far.isEmpty)
        #expect(AnyValueArray(parsing: "a,,a", removeDuplicates: true).values == ["a", "a"])
        #expect(AnyValueArray(parsing: "").values == [""])
        #expect(array.description == ",,4")
    }

    @Test func mapsFromOtherShapes() {
        #expect(AnyValueMap(tuples: ["a", 1, "b"]) == ["a": 1])
        #expect(AnyValueMap(tuples: []).isEmpty)
        #expect(AnyValueMap(merging: [["a": 1], ["a": nil]]).contains("a"))
        #expect(AnyValueMap(value: [5]) == ["0": 5])
        #expect(StringValueMap(merging: [["a": "1"], ["b": nil]]).dynamic == ["a": "1", "b": nil])
        #expect(StringValueMap(value: ["a": [1, 2]])["a"] == "1,2")
    }

    @Test func numbersBeyondDatesAreNone() {
        #expect(DateTimeConverter.toNullableDateTime(8_640_000_000_000_001) == nil)
        #expect(DateTimeConverter.toNullableDateTime(.double(-.infinity)) == nil)
        #expect(DateTimeConverter.toNullableDateTime(-8_640_000_000_000_000) != nil)
    }

    @Test func readingMapsFromJSONIsLenient() {
        #expect(JSONConverter.toNullableMap("{bad") == nil)
        #expect(JSONConverter.toMap("[7]") == ["0": 7])
        #expect(JSONConverter.toMap("5", default: ["d": 1]) == ["d": 1])
        #expect(throws: ApplicationError.self) { try JSONConverter.fromJSON(.map, "{bad") }
    }
}
