/// A component that can check more of its configuration than the form of each value (no toolkit equivalent).
///
/// `--check` and ``Container/check()`` call it after the component was configured and linked. Nothing is open then.
public protocol Checkable: Sendable {
    /// Throws what is wrong with the configuration, as opening would: such as a missing file or a malformed URI.
    ///
    /// Opens and creates nothing and asks no other system, such as a discovery service. Files may be read.
    func checkConfiguration(_ context: Context) async throws
}
