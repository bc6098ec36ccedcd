import PipServices

/// Applies a new configuration to an assembled component, as a container does with a running one. Settings that are
/// declared `reloadable` change: all of them or, if there is an error, none.
///
/// - Parameters:
///   - component: the component.
///   - started: the configuration that it was assembled with.
///   - config: the new configuration.
/// - Returns: the problems. If there is an error, nothing was changed. Warnings are `NEEDS_RESTART` for a changed
///   setting that is not reloadable, and `UNKNOWN_KEY` for a new key that nothing reads. Components owned by a `Shared`
///   slot are not included.
@discardableResult
public func reload(
    _ component: some Component, from started: ConfigParams, to config: ConfigParams
) -> [ConfigProblem] {
    ComponentAssembly(component, name: "\(type(of: component))").reload(from: started, to: config)
}
