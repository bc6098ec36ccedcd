internal import FoundationEssentials
import Glibc

/// Files that variables of a configuration's template are read from, as container platforms mount secrets.
///
/// A variable that the template names and no parameter sets is read from the file that the parameter `<NAME>_FILE` names,
/// else from the file of its name in a folder, compared without case. The files are read with the configuration, at the
/// start and at each reload, and only for variables that need them. A line break at the end of a file is dropped.
///
/// The contents appear in no message: where one would quote them, it shows `***`.
public struct SecretFiles: Sendable, Hashable {
    /// The folder with a file per variable, such as `/run/secrets`; nil for none. Links are followed, and names that no
    /// variable has are passed over, such as `..data` in a volume of Kubernetes.
    public var folder: String?

    /// Creates the files. Without a folder, only `<NAME>_FILE` counts.
    public init(folder: String? = nil) { self.folder = folder }

    // MARK: - Internal

    /// What a secret may be at most: the limit of Kubernetes, too.
    static let maximumSize = 1_048_576

    /// The variables of a template that have no value and whose files exist, with the files' contents.
    ///
    /// - Throws: `READ_FAILED` (FileError) that names variable and file, for a file that can't be read.
    func values(of template: MustacheTemplate, _ parameters: AnyValueMap) throws(ApplicationError) -> ConfigSecrets {
        let known = Set(template.values(parameters).map { ScalarText(folding: $0.name) })
        let names = Set(template.variableNames.map { ScalarText(folding: $0) })
        var secrets = ConfigSecrets()
        var files: [String]?
        for name in template.variableNames where !known.contains(ScalarText(folding: name)) {
            let variable = "\(name)_FILE"
            // A template that uses this name itself means something else by it.
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
        // A pipe could keep its reader waiting, and is empty at the next reload.
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is not a regular file") }
        guard status.st_size <= maximumSize else { throw failure("it is larger than \(maximumSize) bytes") }
        guard let bytes = try? ConfigText.bytes(of: path) else { throw failure("the file cannot be read") }
        guard var text = String(validating: bytes, as: UTF8.self) else { throw failure("it is no text in UTF-8") }
        if text.utf8.last == UInt8(ascii: "\n") {
            let end = text.utf8.dropLast().last == UInt8(ascii: "\r") ? 2 : 1
            text = String(text.unicodeScalars.dropLast(end))
        }
        return text
    }
}
