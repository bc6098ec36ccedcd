#if PIP_ACTIVEMQ
import Foundation
import Testing

@testable import PipServices

extension ServerProcess {
    /// Starts an ActiveMQ of its own, with KahaDB.
    ///
    /// - Parameters:
    ///   - folder: where it keeps its files.
    ///   - keyStore: its certificate in PKCS 12 with the password `secret`, for TLS; nil for none.
    static func activeMQ(in folder: String, keyStore: String? = nil) async throws -> ServerProcess {
        let home = "/usr/share/activemq"
        let java = "/usr/share/java"
        let tls = keyStore.map {
            ["-Djavax.net.ssl.keyStore=\($0)", "-Djavax.net.ssl.keyStorePassword=secret"]
        }
        let classes = [
            "\(home)/lib/*", "\(home)/lib/optional/*", "\(java)/log4j-1.2.jar",
        ].joined(separator: ":")
        return try await ServerProcess(
            ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dactivemq.home=\(home)", "-Dactivemq.base=\(folder)"]
                + (tls ?? [])
                + [
                    "-cp", classes, "org.apache.activemq.console.Main", "start",
                    "broker:(stomp\(keyStore == nil ? "" : "+ssl")://127.0.0.1:PORT)?useJmx=false&dataDirectory=\(folder)",
                ])
    }
}
#endif
