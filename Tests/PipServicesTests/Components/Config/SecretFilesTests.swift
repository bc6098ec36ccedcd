import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Configuration variables from files.
@Suite struct SecretFilesTests {
    /// A folder that is deleted after the test.
    final class Folder: Sendable {
        let url = FileManager.default.temporaryDirectory.appending(path: "pip-secrets-\(UUID())")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
        var path: String { url.path }
        @discardableResult
        func write(_ name: String, _ text: String) throws -> String {
            let file = url.appending(path: name)
            try Data(text.utf8).write(to: file)
            return file.path
        }
    }

    private static func values(
        _ template: String, _ parameters: AnyValueMap = [:], folder: Folder? = nil
    ) throws -> AnyValueMap {
        try SecretFiles(folder: folder?.path).values(of: try MustacheTemplate(template), parameters).values
    }

    @Test("A variable is read from the file that NAME_FILE names, without the trailing line break")
    func fileOfVariable() throws {
        let folder = try Folder()
        for (text, value) in [
            ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("a\n\n", "a\n"), ("a\nb", "a\nb"), (" a ", " a "),
            ("a\r", "a\r"),
        ] {
            let path = try folder.write("pass", text)
            #expect(try Self.values("{{PASS}}", ["PASS_FILE": .string(path)]) == ["PASS": .string(value)])
        }
        // Names are compared like those of variables.
        let path = try folder.write("pass", "x")
        #expect(try Self.values("{{Pass}}", ["pass_file": .string(path)]) == ["Pass": "x"])
    }

    @Test("Only files of used and unset template variables are read") func filesAreReadLazily()
        throws
    {
        #expect(try Self.values("{{A}}", ["B_FILE": "/nowhere"]).isEmpty)
        #expect(try Self.values("{{A}}", ["A": "1", "A_FILE": "/nowhere"]).isEmpty)
        #expect(try Self.values("{{A}}", ["A_FILE": ""]).isEmpty)
        // LOG_FILE is a setting of its own here.
        #expect(try Self.values("{{LOG}} {{LOG_FILE}}", ["LOG_FILE": "/nowhere"]).isEmpty)
        // An empty value counts as unset, as in a template.
        let folder = try Folder()
        #expect(try Self.values("{{A}}", ["A": "", "A_FILE": .string(try folder.write("a", "1"))]) == ["A": "1"])
        #expect(try Self.values("a: 1", folder: nil).isEmpty)
    }

    @Test("A mounted folder has one file per variable, and links are followed") func folderOfSecrets()
        throws
    {
        let folder = try Folder()
        // The layout of a secret mounted by Kubernetes.
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "..2026_11_30"), withIntermediateDirectories: false)
        try folder.write("..2026_11_30/MONGO_PASS", "s3cret\n")
        symlink("..2026_11_30", folder.url.appending(path: "..data").path)
        symlink("..data/MONGO_PASS", folder.url.appending(path: "MONGO_PASS").path)
        try folder.write("token", "t")
        #expect(
            try Self.values("{{MONGO_PASS}}{{#if TOKEN}}{{/if}}{{OTHER}}", folder: folder)
                == ["MONGO_PASS": "s3cret", "TOKEN": "t"])
        // The file that a variable names comes first, then the exact name.
        let other = try folder.write("other", "o")
        #expect(try Self.values("{{TOKEN}}", ["TOKEN_FILE": .string(other)], folder: folder) == ["TOKEN": "o"])
        try folder.write("TOKEN", "T")
        #expect(try Self.values("{{TOKEN}}", folder: folder) == ["TOKEN": "T"])
        #expect(try Self.values("{{token}}", folder: folder) == ["token": "t"])
    }

    @Test("The error for an unreadable file contains only the variable and the file") func unreadableFile()
        throws
    {
        let folder = try Folder()
        func failure(_ path: String, _ folder: Folder? = nil) -> ApplicationError? {
            #expect(throws: ApplicationError.self) {
                try Self.values("{{PASS}}", path.isEmpty ? [:] : ["PASS_FILE": .string(path)], folder: folder)
            }
        }
        let missing = failure("/nowhere/pass")
        #expect(missing?.code == "READ_FAILED")
        #expect(missing?.message == "Cannot read the variable 'PASS' from /nowhere/pass: there is no such file")
        #expect(failure(folder.path)?.message.hasSuffix("it is not a regular file") == true)
        let pipe = folder.url.appending(path: "pipe").path
        mkfifo(pipe, 0o600)
        #expect(failure(pipe)?.message.hasSuffix("it is not a regular file") == true)
        let path = folder.url.appending(path: "bytes").path
        try Data([0x73, 0xFF, 0x33]).write(to: URL(filePath: path))
        #expect(failure(path)?.message == "Cannot read the variable 'PASS' from \(path): it is not valid UTF-8")
        try Data(count: SecretFiles.maximumSize + 1).write(to: URL(filePath: path))
        #expect(failure(path)?.message.hasSuffix("it is larger than 1048576 bytes") == true)
        symlink("/nowhere/pass", folder.url.appending(path: "PASS").path)
        #expect(failure("", folder)?.message.hasSuffix("/PASS: there is no such file") == true)
        let error = #expect(throws: ApplicationError.self) {
            try SecretFiles(folder: "/nowhere").values(of: try MustacheTemplate("{{A}}"), [:])
        }
        #expect(
            error?.message == "Cannot read the folder of secrets /nowhere; expected a folder with a file per variable")
    }

    @Test("No message shows a secret") func secretsAreConcealed() throws {
        let secrets = ConfigSecrets(values: ["A": "s3cret", "B": "ab", "C": "s3cret-and-more", "D": ""])
        #expect(secrets.conceal("'x' is 's3cret'") == "'x' is '***'")
        #expect(secrets.conceal("x-s3cret-and-more-y") == "x-***-y")
        #expect(secrets.conceal("'ab' in table") == "'***' in table")
        // The secret after parsing or truncation.
        let key = ConfigSecrets(values: ["K": .string("-- key --\n" + String(repeating: "k3y", count: 100) + "\nend\n")]
        )
        let line = String(repeating: "k3y", count: 100)
        #expect(key.conceal("'x' is '-- key -- \(line) end'") == "'x' is '*** *** end'")
        #expect(key.conceal("'x' is 'a=\(line)'".shortened + "; or") == "'x' is 'a=***…; or")
        #expect(secrets.conceal("'x' is 'x-s3cre…'; no…") == "'x' is 'x-***…'; no…")
        let cause = ApplicationError.unknown(code: "C", "no s3cret")
        let error = secrets.conceal(
            ApplicationError.file(code: "F", "s3cret", details: ["path": "/s3cret", "n": 1], cause: cause))
        #expect(error.message == "***" && error.cause?.contains("s3cret") == false)
        #expect(error.details == ["path": "/***", "n": 1])
    }

    @Test("Errors in values from files, in the YAML around them and in their names do not show the values")
    func mistakesAreToldWithoutSecrets() throws {
        let folder = try Folder()
        try folder.write("SECRET", "s3cret: [\n")
        func message(_ text: String) throws -> String? {
            let file = try folder.write("config.yml", text)
            let secrets = SecretFiles(folder: folder.path)
            return #expect(throws: ApplicationError.self) {
                try ContainerConfigReader.readFromFile(file, secrets: secrets)
            }?.message
        }
        let yaml = try message("- descriptor: {{SECRET}}\n  a: {{SECRET}}\n")
        #expect(yaml?.contains("line 1") == true && yaml?.contains("s3cret") == false, "\(yaml ?? "")")
        try folder.write("SECRET", "s3cret")
        let descriptor = try message("- descriptor: {{SECRET}}\n")
        #expect(descriptor?.contains("***") == true && descriptor?.contains("s3cret") == false, "\(descriptor ?? "")")
        let twice = try message("- descriptor: a:b:c:d:1.0\n  {{SECRET}}: 1\n  {{SECRET}}: 2\n")
        #expect(twice?.contains("***") == true && twice?.contains("s3cret") == false, "\(twice ?? "")")
    }
}
