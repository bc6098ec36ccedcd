/// Somebody who wants to know when a configuration changes: what the toolkit calls with `INotifiable`.
///
/// A new version is first shown to all listeners of its reader. Only when none of them refuses it does it come into
/// force; else the old one stays, and all are told why. Calls come one after the other.
public protocol ConfigChangeListener: AnyObject, Sendable {
    /// Looks at a new version, and takes nothing of it yet. Throwing refuses it. By default it is accepted.
    func checkConfig(_ context: Context, _ config: ConfigParams) async throws
    /// Takes a new version, which all listeners have accepted.
    func configChanged(_ context: Context, _ config: ConfigParams) async
    /// Learns that there is a new version that can't be used. The old one stays. By default nothing happens.
    func configRejected(_ context: Context, _ error: any Error) async
}

extension ConfigChangeListener {
    /// Accepts it.
    public func checkConfig(_ context: Context, _ config: ConfigParams) async throws {}
    /// Does nothing: the reader has logged it.
    public func configRejected(_ context: Context, _ error: any Error) async {}
}
