public import FoundationEssentials

/// An item that knows when it was changed (the toolkit's `IChangeable`). In JSON the other editions call it `change_time`.
public protocol Changeable: Sendable {
    /// When the item was last changed.
    var changeTime: Date { get set }
}
