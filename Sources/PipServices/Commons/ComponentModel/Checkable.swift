/// A component that can check its configuration beyond the format of each value (no toolkit equivalent).
///
/// `--check` and ``Container/check()`` call it after the component is configured and linked, and before anything opens.
public protocol Checkable: Sendable {
    /// Throws the error that opening would throw for this configuration, such as a missing file or a malformed URI.
    ///
    /// It must not open or create anything or call other systems, such as a discovery service. It may read files.
    func checkConfiguration(_ context: Context) async throws
}
