/// A component that reads its configuration by hand (the toolkit's `IConfigurable`), in addition to slots or instead of
/// them.
///
/// Unknown keys of such a component are not detected.
public protocol Configurable: Sendable {
    /// Receives the component's section of the configuration. It is called once, before references are set.
    func configure(_ config: ConfigParams) async throws
}
