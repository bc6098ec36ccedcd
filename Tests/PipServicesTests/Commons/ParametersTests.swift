import PipServices
import Testing

@Suite struct ParametersTests {
    struct Place: Codable, Equatable {
        var name: String
        var center: [Double]
    }

    @Test func pathsAreWrittenAndRead() throws {
        var parameters: Parameters = ["a.b": 1]
        try parameters.put("a.b", 2)
        try parameters.put("l.1.x", 3)
        try parameters.put(".a", 4)
        #expect(parameters.values == ["a.b": 2, "l": [nil, ["x": 3]], ".a": 4])
        #expect(parameters["L.1.X"] == 3)
        #expect(parameters.containsKey("L"))
        guard case .none = parameters["L"] else {
            Issue.record("a name's case counts")
            return
        }
        #expect(parameters.getAsParameters("l.1").values == ["x": 3])
        #expect(parameters.getAsParameters("none", default: ["d": 1]) == ["d": 1])
        #expect(parameters.getAsNullableParameters("none") == nil)
        #expect((["s": nil] as Parameters).getAsNullableParameters("s") == nil)
    }

    @Test func namesKeepTheirCaseWhenCombined() throws {
        let own: Parameters = ["a": ["X": 1, "y": 2]]
        #expect(try own.setDefaults(["A": ["x": 5, "z": 6]], recursive: true) == ["a": ["X": 1, "y": 2, "z": 6]])
        #expect(try own.override(["A": ["x": 5, "z": 6]], recursive: true) == ["a": ["X": 5, "y": 2, "z": 6]])
        #expect(try own.override(["A": 1]) == ["a": 1])
        #expect(try own.setDefaults(["A": 1]) == own)
    }

    @Test func pickAndOmit() {
        let own: Parameters = ["a": ["b": 1, "c": 2], "s": nil, "l": [1, 2], "x.y": 3]
        #expect(own.pick("a.b", "s", "l.1", "x.y", "none") == ["a": ["b": 1], "s": nil, "l": [nil, 2], "x.y": 3])
        #expect(own.omit("a", "l", "none") == ["s": nil, "x.y": 3])
    }

    @Test func valuesAreAssignedToSwiftTypes() throws {
        var place = Place(name: "a", center: [1, 2])
        try (["NAME": "b", "center": [9], "other": 1] as Parameters).assignTo(&place)
        #expect(place == Place(name: "b", center: [9, 2]))
        #expect(throws: ApplicationError.self) { try (["center": "no"] as Parameters).assignTo(&place) }
        #expect(place == Place(name: "b", center: [9, 2]))
    }

    @Test func configurationUnfolds() throws {
        let config: ConfigParams = ["a.b": "1", "a.c": nil, "l.0": "x", ".d": "2"]
        #expect(try Parameters(config: config).values == ["a": ["b": "1", "c": nil], "l": ["x"], ".d": "2"])
        #expect(try Parameters(config: ["A": "1", "a": "2", "A": "3"]) == ["A": "3", "a": "2"])
        #expect(try Parameters(config: ["a": "1", "a.b": "2"]) == ["a": "1"])
        #expect(try Parameters(config: ["a.b": "2", "a": "1"]) == ["a": "1"])
    }

    @Test("The later of two configurations wins when they are merged, the earlier one for defaults")
    func configurationsAreMerged() {
        let (first, second): (ConfigParams, ConfigParams) = (["a": "1", "b.x": "2"], ["b.x": "3", "c": nil])
        #expect(first.override(second) == ["a": "1", "b.x": "3", "c": nil])
        #expect(first.setDefaults(second) == ["a": "1", "b.x": "2", "c": nil])
        #expect(ConfigParams.merge(first, second, ["a": "9"])["a"] == "9")
        #expect(first.override(second).sectionNames == ["a", "b", "c"])
        #expect(first.section("b") == ["x": "2"])
        #expect(first.section("a").isEmpty)
        var all = ConfigParams()
        all.addSection("s", ["": "0", "k": "1"])
        all.addSection("", ["z": "2"])
        #expect(all == ["s": "0", "s.k": "1", "z": "2"])
    }

    @Test("A path may have 100 parts, and an index may be 1,000 past the end") func largestPaths() throws {
        var parameters: Parameters = ["l": [1]]
        try parameters.put("l.1001", 2)
        #expect(parameters["l"]?.array?.count == 1002)
        try parameters.put(Array(repeating: "a", count: 100).joined(separator: "."), 3)
        #expect(parameters[Array(repeating: "a", count: 100).joined(separator: ".")] == 3)
        let error = #expect(throws: ApplicationError.self) {
            try parameters.put(Array(repeating: "b", count: 101).joined(separator: "."), 3)
        }
        #expect(error?.code == "TOO_DEEP")
    }

    @Test func hostilePathsAreErrors() throws {
        var parameters: Parameters = ["l": [1]]
        let deep = Array(repeating: "a", count: 100_000).joined(separator: ".")
        let error = #expect(throws: ApplicationError.self) { try parameters.put(deep, 1) }
        #expect(error?.code == "TOO_DEEP")
        for index in ["1002", "99999999999", "9223372036854775807"] {
            let error = #expect(throws: ApplicationError.self) { try parameters.put("l.\(index)", 1) }
            #expect(error?.code == "INDEX_TOO_LARGE")
        }
        // A number beyond 64 bits is not an index.
        try parameters.put("l.99999999999999999999", 1)
        #expect(parameters == ["l": [1]])
        #expect(parameters[deep] == .none)
        let config = ConfigParams(["x.100000": "1"] as StringValueMap)
        #expect(throws: ApplicationError.self) { try Parameters(config: config) }
    }
}
