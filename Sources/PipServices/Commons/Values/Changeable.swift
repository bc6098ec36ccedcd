public import FoundationEssentials

/// An item that records when it was changed (the toolkit's `IChangeable`). The other editions use `change_time` in
/// JSON.
public protocol Changeable: Sendable {
    /// When the item was last changed.
    var changeTime: Date { get set }
}
