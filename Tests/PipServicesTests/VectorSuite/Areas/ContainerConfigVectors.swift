import Foundation
import PipServices

enum ContainerConfigVectors {
    static let operations: VectorOperation.Table = [
        "fromValue": .init { list(try ContainerConfig($0.value)) },
        "yaml": .init {
            list(try ContainerConfigReader.readFromYAML($0.text("text"), parameters: $0.map("parameters")))
        },
        "json": .init {
            list(try ContainerConfigReader.readFromJSON($0.text("text"), parameters: $0.map("parameters")))
        },
        "fromFile": .init { input in
            let name = "vectors-\(IdGenerator.nextLong()).\(try input.text("ext"))"
            let file = FileManager.default.temporaryDirectory.appending(path: name)
            try input.text("text").write(to: file, atomically: false, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            return list(try ContainerConfigReader.readFromFile(file.path, parameters: input.map("parameters")))
        },
    ]

    private static func list(_ config: ContainerConfig) -> AnyValue {
        .array(
            config.components.map { component in
                [
                    "descriptor": VectorValue.text(component.descriptor?.description),
                    "type": VectorValue.text(component.type), "config": ConfigVectors.map(component.config),
                ]
            })
    }
}
