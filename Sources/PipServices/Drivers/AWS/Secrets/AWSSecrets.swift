#if PIP_AWS
/// An AWS service that stores strings by name.
protocol AWSSecrets: Sendable {
    /// Returns the string with a name; nil if there is none.
    func read(_ context: Context, _ name: String) async throws -> String?
    /// Stores a string under a name; nil removes it.
    func write(_ context: Context, _ name: String, _ text: String?) async throws
    /// Returns the strings below a path, by the remaining part of their names.
    func readAll(_ context: Context, _ path: String) async throws -> [(name: String, text: String)]
}

/// Secrets of AWS Secrets Manager.
struct SecretsManagerSecrets: AWSSecrets {
    let client: AWSClient

    func read(_ context: Context, _ name: String) async throws -> String? {
        do {
            return try await client.call(context, "GetSecretValue", ["SecretId": .string(name)])["SecretString"]?.string
        } catch let error as ApplicationError where Self.isMissing(error) {
            return nil
        }
    }

    func write(_ context: Context, _ name: String, _ text: String?) async throws {
        guard let text else {
            do {
                _ = try await client.call(
                    context, "DeleteSecret", ["SecretId": .string(name), "ForceDeleteWithoutRecovery": true])
            } catch let error as ApplicationError where Self.isMissing(error) {}
            return
        }
        do {
            _ = try await client.call(
                context, "PutSecretValue", ["SecretId": .string(name), "SecretString": .string(text)])
        } catch let error as ApplicationError where Self.isMissing(error) {
            _ = try await client.call(
                context, "CreateSecret", ["Name": .string(name), "SecretString": .string(text)])
        }
    }

    func readAll(_ context: Context, _ path: String) async throws -> [(name: String, text: String)] {
        try await read(context, path).map { [("", $0)] } ?? []
    }

    /// A secret scheduled for deletion counts as missing.
    private static func isMissing(_ error: ApplicationError) -> Bool {
        error.awsCode == "ResourceNotFoundException"
            || error.awsCode == "InvalidRequestException" && error.message.contains(text: "marked for deletion")
    }
}

/// Parameters of AWS Systems Manager, encrypted.
struct SSMSecrets: AWSSecrets {
    let client: AWSClient

    func read(_ context: Context, _ name: String) async throws -> String? {
        do {
            let found = try await client.call(
                context, "GetParameter", ["Name": .string(name), "WithDecryption": true])
            return found["Parameter"]?["Value"]?.string
        } catch let error as ApplicationError where error.awsCode == "ParameterNotFound" {
            return nil
        }
    }

    func write(_ context: Context, _ name: String, _ text: String?) async throws {
        guard let text else {
            do {
                _ = try await client.call(context, "DeleteParameter", ["Name": .string(name)])
            } catch let error as ApplicationError where error.awsCode == "ParameterNotFound" {}
            return
        }
        _ = try await client.call(
            context, "PutParameter",
            ["Name": .string(name), "Value": .string(text), "Type": "SecureString", "Overwrite": true])
    }

    func readAll(_ context: Context, _ path: String) async throws -> [(name: String, text: String)] {
        let found = try await client.pages(
            context, "GetParametersByPath",
            ["Path": .string(path), "Recursive": true, "WithDecryption": true], member: "Parameters")
        let all = found.compactMap { value -> (name: String, text: String)? in
            guard let name = value["Name"]?.string, let text = value["Value"]?.string else { return nil }
            return (String(name.dropping(prefix: path.ends(with: "/") ? path : path + "/") ?? name[...]), text)
        }
        // The path itself may be a parameter.
        return all.isEmpty ? try await read(context, path).map { [("", $0)] } ?? [] : all
    }
}
#endif
