public import FoundationEssentials

/// An item that knows when it was created, changed and deleted (the toolkit's `ITrackable`). In JSON the other editions
/// call it `create_time`, `change_time` and `deleted`.
public protocol Trackable: Changeable {
    /// When the item was created.
    var createTime: Date { get set }
    /// True for an item that is deleted but still kept; nil means false.
    var deleted: Bool? { get set }
}
