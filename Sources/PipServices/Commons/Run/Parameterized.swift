/// A component that receives parameters for later operations (the toolkit's `IParameterized`).
public protocol Parameterized: Sendable {
    /// Sets the parameters. They replace earlier ones. Safe to call from any task.
    func setParameters(_ parameters: Parameters)
}
