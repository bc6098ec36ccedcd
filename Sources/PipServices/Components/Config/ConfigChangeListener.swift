/// A listener for configuration changes: the role of `INotifiable` in the toolkit.
///
/// All listeners of a reader check a new version first. It is applied only if none of them rejects it. Otherwise the
/// old version stays in use, and all listeners receive the error. Calls are made one at a time.
public protocol ConfigChangeListener: AnyObject, Sendable {
    /// Checks a new version without applying it. Throwing rejects it. By default it is accepted.
    func checkConfig(_ context: Context, _ config: ConfigParams) async throws
    /// Applies a new version that all listeners have accepted.
    func configChanged(_ context: Context, _ config: ConfigParams) async
    /// Reports that a new version is invalid and the old one stays in use. Does nothing by default.
    func configRejected(_ context: Context, _ error: any Error) async
}

extension ConfigChangeListener {
    /// Accepts the version.
    public func checkConfig(_ context: Context, _ config: ConfigParams) async throws {}
    /// Does nothing: the reader has logged it.
    public func configRejected(_ context: Context, _ error: any Error) async {}
}
