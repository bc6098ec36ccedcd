/// A component that reads its configuration by hand (the toolkit's `IConfigurable`), beside or instead of slots.
///
/// The keys of such a component are not checked for spelling.
public protocol Configurable: Sendable {
    /// Takes the component's section of the configuration, once, before references are set.
    func configure(_ config: ConfigParams) async throws
}
