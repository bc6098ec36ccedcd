@testable import PipServices

enum ConfigReaderVectors {
    static let operations: VectorOperation.Table = [
        "yaml": .init { try read($0, .yaml) },
        "json": .init { try read($0, .json) },
        "memory": .init { input in
            let reader = MemoryConfigReader(try ConfigVectors.config(input["config"]))
            let parameters = input.has("parameters") ? try input.map("parameters") : nil
            return ConfigVectors.map(try reader.readConfig(.empty, parameters: parameters))
        },
        "noPath": .init { _ in
            ConfigVectors.map(ConfigParams(try ConfigText.read(path: nil, parameters: [:]).value))
        },
        "noFile": .init {
            let path = "/nowhere/vectors.\(try $0.text("reader"))"
            return ConfigVectors.map(ConfigParams(try ConfigText.read(path: path, parameters: [:]).value))
        },
    ]

    private static func read(_ input: VectorInput, _ format: ConfigText.Format) throws -> AnyValue {
        // What a reader is configured with is the default for what it is given.
        var parameters = try input.map("defaults")
        parameters.append(try input.map("parameters"))
        let document = try ConfigText.read(try input.text("text"), format: format, file: nil, parameters: parameters)
        return ConfigVectors.map(ConfigParams(document.value))
    }
}
