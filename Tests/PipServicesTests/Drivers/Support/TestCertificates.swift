import Foundation
import Testing

@testable import PipServices

/// Certificates for tests, made by `openssl`: an authority (`ca`), a server at 127.0.0.1 and localhost, a client, and another
/// authority (`other`) that nobody trusts.
enum TestCertificates {
    private static let made = Locked<Result<String, any Error>?>(nil)

    /// The folder with `ca.crt`, `server.crt`, `server.key`, `client.crt`, `client.key`, `other.crt`. Made once.
    static func folder() throws -> String {
        try made.withLock { made in
            let result = made ?? Result { try make() }
            made = result
            return try result.get()
        }
    }

    private static func make() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-certificates-\(getpid())").path
        let script = """
            set -e
            mkdir -p '\(folder)' && cd '\(folder)'
            key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
            for name in ca other; do
                key $name
                openssl req -x509 -new -key $name.key -out $name.crt -days 2 -subj "/CN=$name"
            done
            for name in server client; do
                key $name
                openssl req -new -key $name.key -out $name.csr -subj "/CN=$name"
            done
            printf 'subjectAltName=IP:127.0.0.1,DNS:redis.test' > server.ext
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt
            openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out client.crt
            openssl ec -in client.key -aes128 -passout pass:secret -out locked.key
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(
            process.terminationStatus == 0, "openssl cannot make certificates: is it installed? Run 'make test'")
        return folder
    }
}
