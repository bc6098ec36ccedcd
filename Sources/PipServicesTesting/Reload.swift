import PipServices

/// Gives a component that was assembled a new configuration, as a container does with a running one: settings that are
/// declared `reloadable` take their new values, all of them or, when one is wrong, none.
///
/// - Parameters:
///   - component: the component.
///   - started: what it was assembled with.
///   - config: what it is to go by now.
/// - Returns: the problems found: errors, for which nothing was taken, and warnings: `NEEDS_RESTART` for a changed
///   setting that is not reloadable, `UNKNOWN_KEY` for a new key that nothing reads. Components that came by a
///   `Shared` slot are not reached.
@discardableResult
public func reload(
    _ component: some Component, from started: ConfigParams, to config: ConfigParams
) -> [ConfigProblem] {
    ComponentAssembly(component, name: "\(type(of: component))").reload(from: started, to: config)
}
