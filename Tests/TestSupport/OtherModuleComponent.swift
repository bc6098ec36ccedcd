public import PipServices

/// A component that conforms to nothing else in this module: tests declare the rest in theirs.
public final class OtherModuleComponent: Component {
    /// What was called.
    public let calls = Locked<[String]>([])
    /// The slot that a component of another module has.
    public let size = Setting("size", default: 1)

    /// Creates a component.
    public init() {}
}
