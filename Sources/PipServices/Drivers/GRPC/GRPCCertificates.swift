#if PIP_GRPC
internal import NIOCertificateReloading
internal import NIOSSL

/// The certificate of an endpoint, for new connections: what its files contain.
struct GRPCCertificates: CertificateReloader {
    let files: RenewableTLS

    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let loaded = files.loaded
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = loaded.chain
        override.privateKey = loaded.key
        return override
    }
}

/// The certificate of a client, whose files are read for each new connection. The last ones that could be read are used if
/// these can't.
final class GRPCClientCertificates: CertificateReloader {
    private let certificateFile: String
    private let keyFile: String
    private let last = Locked(NIOSSLContextConfigurationOverride.noChanges)

    init(certificateFile: String, keyFile: String) {
        (self.certificateFile, self.keyFile) = (certificateFile, keyFile)
    }

    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificateFile), !chain.isEmpty,
            let key = try? NIOSSLPrivateKey(file: keyFile, format: .pem)
        else { return last.current }
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = chain.map { .certificate($0) }
        override.privateKey = .privateKey(key)
        last.withLock { [override] in $0 = override }
        return override
    }
}
#endif
