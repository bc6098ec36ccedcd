public import FoundationEssentials

/// An item that records when it was created, changed and deleted (the toolkit's `ITrackable`). The other editions use
/// `create_time`, `change_time` and `deleted` in JSON.
public protocol Trackable: Changeable {
    /// When the item was created.
    var createTime: Date { get set }
    /// True for an item that is marked as deleted but still stored; nil means false.
    var deleted: Bool? { get set }
}
