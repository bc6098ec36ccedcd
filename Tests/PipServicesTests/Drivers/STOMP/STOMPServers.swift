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
    ///   - trustStore: the authorities of the clients' certificates in the same form, which clients must then have.
    static func activeMQ(
        in folder: String, keyStore: String? = nil, trustStore: String? = nil
    ) async throws -> ServerProcess {
        let home = "/usr/share/activemq"
        let java = "/usr/share/java"
        var tls: [String] = []
        for (name, store) in [("keyStore", keyStore), ("trustStore", trustStore)] {
            guard let store else { continue }
            tls += ["-Djavax.net.ssl.\(name)=\(store)", "-Djavax.net.ssl.\(name)Password=secret"]
        }
        let classes = [
            "\(home)/lib/*", "\(home)/lib/optional/*", "\(java)/log4j-1.2.jar",
        ].joined(separator: ":")
        let address =
            "stomp\(keyStore == nil ? "" : "+ssl")://127.0.0.1:PORT"
            + (trustStore == nil ? "" : "?transport.needClientAuth=true")
        return try await ServerProcess(
            ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dactivemq.home=\(home)", "-Dactivemq.base=\(folder)"]
                + tls
                + [
                    "-cp", classes, "org.apache.activemq.console.Main", "start",
                    "broker:(\(address))?useJmx=false&dataDirectory=\(folder)",
                ])
    }
}
#endif
