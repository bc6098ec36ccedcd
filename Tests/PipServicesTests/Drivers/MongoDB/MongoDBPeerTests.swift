#if PIP_MONGODB
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The same documents, by PyPI's pymongo and by the toolkit's Python edition.
@Suite(.disabled(if: MongoDBFixture.isReal, "the peers write to the stand-in")) struct MongoDBPeerTests {
    private struct Sample: StringIdentifiable, Codable, Hashable {
        var id: String
        var small = 7
        var large = Int64(1) << 40
        var fraction = 1.5
        var exact = Decimal(string: "12345678901234567890.123456789") ?? 0
        var time = Date(timeIntervalSince1970: -86400.5)
        var bytes = Data([0, 255])
        var uuid: UUID? = UUID(uuidString: "C0FFEE00-0000-4000-8000-00000000000A")
        var place: [String: String] = ["city": "Köln"]
        var tags = ["a", ""]
        var object = ObjectID("0123456789abcdef01234567")
        var binary = BSONBinary(Data([1, 2, 3]), subtype: 128)
        var missing: String?
    }

    private func python(_ collection: String, _ step: String) async throws -> String {
        let text = try await DriverFixture.python(
            "mongodb_peer.py", ["\(try MongoDBFixture.port())", "pip_tests", collection, step])
        let line = text.split(separator: "\n").last { $0.hasPrefix("RESULT ") }
        return String(try #require(line, "\(text)").dropFirst(7))
    }

    @Test("pymongo and the driver read each other's documents")
    func pymongo() async throws {
        let name = MongoDBFixture.collection()
        let store: IdentifiableMongoDBPersistence<Sample> = try await MongoDBFixture.persistence(
            try await MongoDBFixture.shared(), name)
        let sample = Sample(id: "1")
        try await store.create(.empty, sample)
        #expect(try await python(name, "read") == "ok")
        #expect(try await python(name, "write") == "ok")
        var other = sample
        other.id = "2"
        #expect(try await store.getOneById(.empty, "2") == other)
        // A document without our order comes first.
        #expect(try await store.getList(.empty).map(\.id) == ["2", "1"])
    }

    @Test("The Python edition and the driver read each other's documents")
    func toolkit() async throws {
        struct Note: StringIdentifiable, Codable, Hashable {
            var id: String
            var key: String
            var content: String
        }
        let name = MongoDBFixture.collection()
        let store: IdentifiableMongoDBPersistence<Note> = try await MongoDBFixture.persistence(
            try await MongoDBFixture.shared(), name)
        try await store.create(.empty, Note(id: "1", key: "k1", content: "Swift"))
        #expect(try await python(name, "toolkit") == "ok")
        #expect(try await store.getOneById(.empty, "2") == Note(id: "2", key: "k2", content: "Python"))
        #expect(try await store.getOneById(.empty, "1") == Note(id: "1", key: "k1", content: "changed"))
        #expect(try await store.getCount(.empty) == 2)
    }
}
#endif
