import Foundation

/// Defines which folders may use the types of which.
struct Layers {
    private let files: [SourceFile]
    private let rooms: [String: String]

    init(_ files: [SourceFile]) {
        self.files = files
        var rooms: [String: String] = [:]
        for file in files {
            for type in file.declaredTypes { rooms[type] = file.room }
        }
        self.rooms = rooms
    }

    var violations: [String] {
        files.flatMap { file in
            Set(file.identifiers).sorted().compactMap { name in
                guard let room = rooms[name], !Self.mayName(file.room, room) else { return nil }
                return "\(file.path) names \(name) of \(room)"
            }
        }
    }

    private static func mayName(_ room: String, _ other: String) -> Bool {
        if room == other || room == "Toolkit" { return true }
        let ground = ["Commons", "Expressions", "Components"]
        if let floor = ground.firstIndex(of: room) { return ground[...floor].contains(other) }
        let isDriver = room.hasPrefix("Drivers/")
        return ground.contains(other) || isDriver && !other.hasPrefix("Drivers/") && other != "Toolkit"
    }
}
