#if PIP_GRPC
internal import NIOCertificateReloading
internal import NIOSSL

/// Provides the current certificate files of an endpoint to new connections.
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

/// The certificate of a client. Its files are read for each new connection; if they are invalid, the last valid
/// certificate stays in use.
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
