import FoundationEssentials

/// Reads and checks certificates and private keys in PEM files.
enum CredentialFiles {
    /// Checks the files of a client: `ssl_ca_file`, `ssl_crt_file` and `ssl_key_file`.
    ///
    /// - Parameter config: the section `credential`.
    /// - Throws: FileError `READ_FAILED`; Misconfiguration `BAD_CERTIFICATE`, `BAD_KEY_FILE`, or `NO_SSL_CRT_FILE` for
    ///   a key without a certificate, which would not be used.
    static func check(_ context: Context, _ config: ConfigParams) throws(ApplicationError) {
        if let path = config.text("ssl_ca_file") { try checkCertificates(path, key: "credential.ssl_ca_file") }
        let certificate = config.text("ssl_crt_file")
        if let certificate { try checkCertificates(certificate, key: "credential.ssl_crt_file") }
        guard let path = config.text("ssl_key_file") else { return }
        guard certificate != nil else {
            throw .config(
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file",
                "'credential.ssl_key_file' is '\(path)' without 'credential.ssl_crt_file'; expected both or none",
                traceId: context.traceId)
        }
        let key = "credential.ssl_key_file"
        guard labels(in: try bytes(of: path, key: key))?.contains(where: { $0.ends(with: "PRIVATE KEY") }) == true
        else {
            throw .config(
                code: "BAD_KEY_FILE", key: key, "'\(key)' is '\(path)'; expected a file with a private key in PEM",
                traceId: context.traceId)
        }
    }

    /// Reads a file of certificates and checks that each is complete.
    /// - Throws: FileError `READ_FAILED`; Misconfiguration `BAD_CERTIFICATE`.
    @discardableResult
    static func checkCertificates(_ path: String, key: String) throws(ApplicationError) -> [UInt8] {
        let bytes = try bytes(of: path, key: key)
        guard isPEM(bytes) else {
            throw .config(
                code: "BAD_CERTIFICATE", key: key,
                "'\(key)' is '\(path)'; expected a file with certificates in PEM, each of them complete"
            ).withDetails("path", .string(path))
        }
        return bytes
    }

    /// Reads a file.
    /// - Throws: FileError `READ_FAILED`. The message contains the configuration key.
    static func bytes(of path: String, key: String) throws(ApplicationError) -> [UInt8] {
        do {
            return try ConfigText.bytes(of: path)
        } catch {
            throw error.about(key: key)
        }
    }

    /// Returns true if the bytes contain certificates, and each block is complete.
    static func isPEM(_ bytes: [UInt8]) -> Bool {
        labels(in: bytes)?.contains { $0.ends(with: "CERTIFICATE") } == true
    }

    // MARK: - Internal

    /// Returns the labels of the blocks, such as `CERTIFICATE`; nil if a block is incomplete.
    private static func labels(in bytes: [UInt8]) -> [String]? {
        var labels: [String] = []
        var block: (label: String, text: String, hasHeaders: Bool)?
        for line in String(decoding: bytes, as: UTF8.self).parts(separatedBy: "\n") {
            let line = line.trimmed
            if let rest = line.dropping(prefix: "-----BEGIN ") {
                guard block == nil else { return nil }
                block = (rest.ends(with: "-----") ? String(rest.dropLast(5)) : "", "", false)
            } else if line.begins(with: "-----END ") {
                guard let ended = block, let data = Data(base64Encoded: ended.text), !data.isEmpty else { return nil }
                // An unencrypted block is an ASN.1 sequence, except for the name of a curve.
                guard ended.hasHeaders || data.first == 0x30 || ended.label == "EC PARAMETERS" else { return nil }
                labels.append(ended.label)
                block = nil
            } else if line.contains(scalar: ":") {
                block?.hasHeaders = true
            } else {
                block?.text += line
            }
        }
        return block == nil ? labels : nil
    }
}
