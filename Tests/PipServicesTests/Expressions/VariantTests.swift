import FoundationEssentials
import PipServices
import Testing

@Suite struct VariantTests {
    @Test func dynamicValuesBecomeVariantsAndGoBack() {
        let value: AnyValue = ["a": [1, 2.5, "x", true, nil], "d": .date(Date(timeIntervalSince1970: 1))]
        let variant = Variant(value)
        #expect(variant.type == .object)
        #expect(variant.asObject == value)
        let list = Variant([1, [2, 3], nil] as AnyValue)
        #expect(list.count == 3)
        #expect(list[1]?[0] == 2)
        #expect(list[3] == nil && list[-1] == nil)
        #expect(list.asObject == [1, [2, 3], nil])
    }

    @Test func accessorsConvertNothing() {
        #expect(Variant.integer(5).asInteger == 5 && Variant.integer(5).asLong == 5)
        #expect(Variant.integer(5).asDouble == nil && Variant.integer(5).asString == nil)
        #expect(Variant.float(1.5).asDouble == 1.5 && Variant.double(1.5).asFloat == 1.5)
        #expect(Variant("a").asString == "a" && Variant(true).asBoolean == true)
        #expect(Variant.timeSpan(3).asTimeSpan == 3 && Variant.timeSpan(3).asInteger == nil)
        #expect(Variant.dateTime(Date(timeIntervalSince1970: 2)).asDateTime == Date(timeIntervalSince1970: 2))
        #expect(Variant.empty(.string).isEmpty && !Variant.empty(.string).isNull && Variant.null.isNull)
    }

    @Test func equalityIsByTypeAndValueAndAgreesWithHashes() {
        let values: [Variant] = [
            .null, .empty(.dateTime), 1, .long(1), 1.0, .float(1), "1", true, .timeSpan(1), [1], .object(["a": 1]),
            .dateTime(Date(timeIntervalSince1970: 1)), "", [],
        ]
        for (i, left) in values.enumerated() {
            for (j, right) in values.enumerated() {
                // Only values without content equal values of another type.
                #expect((left == right) == (i == j || (i < 2 && j < 2)), "\(left) \(right)")
                if left == right { #expect(left.hashValue == right.hashValue) }
            }
        }
    }

    @Test func theSecondOperandTakesTheTypeOfTheFirst() throws {
        let operations = TypeUnsafeVariantOperations()
        let whole = try operations.add(1, 2.7)
        #expect(whole == 3)
        let fraction = try operations.add(2.5, 1)
        #expect(fraction == 3.5)
        let text = try operations.add("a", 1.5)
        #expect(text == "a1.5")
        let long = try operations.add(.long(1), .boolean(true))
        #expect(long == .long(2))
    }

    @Test func safeOperationsOnlyWidenNumbers() throws {
        let operations = TypeSafeVariantOperations()
        let allowed: [(Variant, VariantType)] = [
            (1, .long), (1, .float), (1, .double), (.long(1), .double), (.float(1), .double), (1, .object),
        ]
        for (value, type) in allowed {
            let converted = try operations.convert(value, to: type)
            #expect(type == .object || converted.type == type)
            #expect(converted.description == value.description)
        }
        let refused: [(Variant, VariantType)] = [
            (1.5, .integer), (.long(1), .integer), ("1", .integer), (1, .string), (true, .integer), (1, .dateTime),
        ]
        for (value, type) in refused {
            do throws(ApplicationError) {
                _ = try operations.convert(value, to: type)
                Issue.record("\(value) became \(type)")
            } catch {
                #expect(error.code == "CONV_NOT_SUPPORTED")
                #expect(error.details["to"] == .string("\(type)"))
            }
        }
    }

    @Test func whatCanNotBeConvertedIsAnError() {
        let operations = TypeUnsafeVariantOperations()
        let refused: [(Variant, VariantType)] = [
            ("x", .array), (1, .array), ([1], .integer), ([1], .double), (true, .dateTime), (1.5, .dateTime),
            (true, .timeSpan), (.timeSpan(1), .boolean), (.timeSpan(1), .double), (.object(["a": 1]), .long),
            (.empty(.string), .integer),
        ]
        for (value, type) in refused {
            do throws(ApplicationError) {
                let converted = try operations.convert(value, to: type)
                Issue.record("\(value) became \(converted.type)")
            } catch {
                #expect(error.code == "CONV_NOT_SUPPORTED")
            }
        }
    }

    @Test func noPairOfValuesTraps() {
        let values: [Variant] = [
            .null, 0, -1, .integer(.max), .integer(.min), .long(.min), .long(-1), 1.5, .double(.nan),
            .double(.infinity),
            .float(-1e300), "", "x", "9223372036854775808", true, .dateTime(Date(timeIntervalSince1970: 1e300)),
            .dateTime(Date(timeIntervalSince1970: -1e300)), .timeSpan(.min), .timeSpan(.max), .object(["a": 1]), [],
            [1, "x"], .empty(.integer), .empty(.array), .empty(.dateTime),
        ]
        let operations: [any VariantOperations] = [TypeUnsafeVariantOperations(), TypeSafeVariantOperations()]
        for operations in operations {
            for left in values {
                _ = try? operations.not(left)
                _ = try? operations.negative(left)
                for type in VariantType.allCases { _ = try? operations.convert(left, to: type) }
                for right in values {
                    _ = try? operations.add(left, right)
                    _ = try? operations.sub(left, right)
                    _ = try? operations.mul(left, right)
                    _ = try? operations.div(left, right)
                    _ = try? operations.mod(left, right)
                    _ = try? operations.pow(left, right)
                    _ = try? operations.and(left, right)
                    _ = try? operations.or(left, right)
                    _ = try? operations.xor(left, right)
                    _ = try? operations.lsh(left, right)
                    _ = try? operations.rsh(left, right)
                    _ = try? operations.equal(left, right)
                    _ = try? operations.notEqual(left, right)
                    _ = try? operations.more(left, right)
                    _ = try? operations.less(left, right)
                    _ = try? operations.moreEqual(left, right)
                    _ = try? operations.lessEqual(left, right)
                    _ = try? operations.in(left, right)
                    _ = try? operations.getElement(left, right)
                }
            }
        }
    }

    @Test func collectionsKeepOrderAndFindByAnyCase() throws {
        var variables = VariableCollection()
        for number in 0..<20 { variables["Name\(number)"] = .integer(Int64(number)) }
        #expect(variables.count == 20)
        #expect(variables["NAME7"] == 7)
        variables["name7"] = nil
        variables["NAME0"] = 100
        #expect(variables["Name7"] == nil && variables["name19"] == 19 && variables["name0"] == 100)
        #expect(variables.names.first == "Name0" && variables.names.count == 19)
        for number in 1..<20 { variables["name\(number)"] = nil }
        variables["z"] = "end"
        #expect(variables.names == ["Name0", "z"] && variables["Z"] == "end")

        var functions = FunctionCollection.standard
        let count = functions.count
        #expect(count == 37 && functions["CEILING"]?.name == "Ceiling")
        functions.remove("if")
        #expect(functions["If"] == nil && functions["Array"]?.name == "Array" && functions.count == count - 1)
        functions.removeAll()
        #expect(functions.functions.isEmpty)
    }
}
