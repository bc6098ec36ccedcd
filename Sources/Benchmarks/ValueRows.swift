import FoundationEssentials
import PipServices

/// JSON text to a dynamic value and back, against Foundation's coder on a dynamic type written for it.
func measureValues(_ options: Options, _ table: inout Table) throws {
    let text = beaconsPage()
    let data = Data(text.utf8)
    let ours = try JSONConverter.fromJSON(text)
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    let theirs = try decoder.decode(DynamicJSON.self, from: data)
    guard JSONConverter.toJSON(ours).utf8.count == (try encoder.encode(theirs)).count else {
        throw BenchmarkError("the two sides write JSON of different length")
    }

    let read = try compare(
        options, "JSON of \(data.count) bytes to a dynamic value", "us",
        ours: { _ = try JSONConverter.fromJSON(text) },
        baseline: { _ = try decoder.decode(DynamicJSON.self, from: data) })
    table.add(read)
    let write = try compare(
        options, "a dynamic value to JSON of \(data.count) bytes", "us",
        ours: { _ = JSONConverter.toJSON(ours) }, baseline: { _ = try encoder.encode(theirs) })
    table.add(write)
}

/// Both sides in turn, round after round, in microseconds per call; ours should take no longer.
private func compare(
    _ options: Options, _ name: String, _ unit: String, ours: () throws -> Void, baseline: () throws -> Void
) throws -> Row {
    progress(name)
    let calls = options.isQuick ? 200 : 2000
    var row = Row(name: name, unit: unit, ours: [], target: .ratioAtMost(1))
    var oursTimes: [Double] = []
    func measure(_ body: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<calls { try body() }
        return milliseconds(.now - start) * 1000 / Double(calls)
    }
    _ = try (measure(ours), measure(baseline))
    for round in 0..<options.rounds {
        if round.isMultiple(of: 2) {
            oursTimes.append(try measure(ours))
            row.baseline.append(try measure(baseline))
        } else {
            row.baseline.append(try measure(baseline))
            oursTimes.append(try measure(ours))
        }
    }
    return Row(name: name, unit: unit, ours: oursTimes, baseline: row.baseline, target: row.target)
}

/// A page of beacons as a service answers it, about 2 KB.
func beaconsPage() -> String {
    let beacons = (1...10).map { number in
        """
        {"id":"beacon-\(number)","site_id":"site-\(number % 3)","type":"ibeacon","udi":"0000\(number)",\
        "label":"Beacon \\"\(number)\\", 1st floor","enabled":\(number.isMultiple(of: 2)),"tags":["a","b"],\
        "center":{"type":"Point","coordinates":[\(number).25,-2.5]},"radius":12.5,"owner":null}
        """
    }
    return #"{"data":["# + beacons.joined(separator: ",") + #"],"total":1000}"#
}

/// What one writes to have dynamic JSON on Foundation's coder.
private enum DynamicJSON: Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([DynamicJSON])
    case object([String: DynamicJSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode([DynamicJSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: DynamicJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
