internal import FoundationEssentials
import Glibc

/// Files that contain template variables, as container platforms mount secrets.
///
/// A variable that no parameter sets is read from the file in the parameter `<NAME>_FILE`, or else from the file of its
/// name in a folder (case-insensitive). The files are read with the configuration, at start and at each reload, and
/// only for variables in use. A trailing line break is dropped.
///
/// Messages show `***` instead of the contents.
public struct SecretFiles: Sendable, Hashable {
    /// The folder with one file per variable, such as `/run/secrets`; nil for none. Symbolic links are followed. Names
    /// that can't be variables, such as `..data` in a Kubernetes volume, are ignored.
    public var folder: String?

    /// Creates the files. Without a folder, only `<NAME>_FILE` is used.
    public init(folder: String? = nil) { self.folder = folder }

    // MARK: - Internal

    /// The maximum size of a secret in bytes, as in Kubernetes.
    static let maximumSize = 1_048_576

    /// Returns the contents of the files for variables without a value.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the variable and the file, if a file can't be read.
    func values(of template: MustacheTemplate, _ parameters: AnyValueMap) throws(ApplicationError) -> ConfigSecrets {
        let known = Set(template.values(parameters).map { ScalarText(folding: $0.name) })
        let names = Set(template.variableNames.map { ScalarText(folding: $0) })
        var secrets = ConfigSecrets()
        var files: [String]?
        for name in template.variableNames where !known.contains(ScalarText(folding: name)) {
            let variable = "\(name)_FILE"
            // If the template uses the name `<NAME>_FILE` itself, it has another meaning there.
            if !names.contains(ScalarText(folding: variable)), let path = Self.value(variable, parameters) {
                secrets.values[name] = .string(try Self.read(path, for: name))
            } else if let folder {
                if files == nil { files = try Self.names(in: folder) }
                let mounted = files ?? []
                let file = mounted.first { $0.isSame(as: name) } ?? mounted.first { $0.isSame(ignoringCase: name) }
                guard let file else { continue }
                secrets.values[name] = .string(try Self.read("\(folder)/\(file)", for: name))
            }
        }
        return secrets
    }

    private static func value(_ name: String, _ parameters: AnyValueMap) -> String? {
        let name = ScalarText(folding: name)
        for (key, value) in parameters where ScalarText(folding: key) == name {
            if case .string(let path) = value, !path.isEmpty { return path }
        }
        return nil
    }

    private static func names(in folder: String) throws(ApplicationError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw .file(
                code: "READ_FAILED",
                "Cannot read the folder of secrets \(folder); expected a folder with a file per variable",
                details: ["path": .string(folder)])
        }
    }

    private static func read(_ path: String, for variable: String) throws(ApplicationError) -> String {
        func failure(_ reason: String) -> ApplicationError {
            .file(
                code: "READ_FAILED", "Cannot read the variable '\(variable)' from \(path): \(reason)",
                details: ["path": .string(path), "variable": .string(variable)])
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(errno == ENOENT ? "there is no such file" : "no access") }
        // A pipe could block the reader, and would be empty at the next reload.
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is not a regular file") }
        guard status.st_size <= maximumSize else { throw failure("it is larger than \(maximumSize) bytes") }
        guard let bytes = try? ConfigText.bytes(of: path) else { throw failure("the file cannot be read") }
        guard var text = String(validating: bytes, as: UTF8.self) else { throw failure("it is not valid UTF-8") }
        if text.utf8.last == UInt8(ascii: "\n") {
            let end = text.utf8.dropLast().last == UInt8(ascii: "\r") ? 2 : 1
            text = String(text.unicodeScalars.dropLast(end))
        }
        return text
    }
}
