/// Something that takes parameters for its later work (the toolkit's `IParameterized`).
public protocol Parameterized: Sendable {
    /// Takes the parameters, in place of earlier ones. It may be called from any task.
    func setParameters(_ parameters: Parameters)
}
