/// The features that a queue supports (the toolkit's `MessagingCapabilities`).
public struct MessagingCapabilities: Sendable, Hashable {
    /// The number of messages can be read.
    public var canMessageCount: Bool
    /// Messages can be sent.
    public var canSend: Bool
    /// Messages can be received.
    public var canReceive: Bool
    /// A message can be read without receiving it.
    public var canPeek: Bool
    /// Several messages can be read without receiving them.
    public var canPeekBatch: Bool
    /// The lock of a received message can be extended.
    public var canRenewLock: Bool
    /// A received message can be returned to the queue.
    public var canAbandon: Bool
    /// A message can be moved to the dead letters.
    public var canDeadLetter: Bool
    /// The queue can be emptied.
    public var canClear: Bool
    /// Dead letters can be read and sent again.
    public var canReplay: Bool
    /// Messages of a group are handled one by one.
    public var canGroup: Bool
    /// Sent messages survive the end of the process.
    public var isDurable: Bool

    /// Creates capabilities; each defaults to false.
    public init(
        canMessageCount: Bool = false, canSend: Bool = false, canReceive: Bool = false, canPeek: Bool = false,
        canPeekBatch: Bool = false, canRenewLock: Bool = false, canAbandon: Bool = false, canDeadLetter: Bool = false,
        canClear: Bool = false, canReplay: Bool = false, canGroup: Bool = false, isDurable: Bool = false
    ) {
        self.canMessageCount = canMessageCount
        self.canSend = canSend
        self.canReceive = canReceive
        self.canPeek = canPeek
        self.canPeekBatch = canPeekBatch
        self.canRenewLock = canRenewLock
        self.canAbandon = canAbandon
        self.canDeadLetter = canDeadLetter
        self.canClear = canClear
        self.canReplay = canReplay
        self.canGroup = canGroup
        self.isDurable = isDurable
    }

    /// All capabilities.
    public static func all(isDurable: Bool) -> MessagingCapabilities {
        MessagingCapabilities(
            canMessageCount: true, canSend: true, canReceive: true, canPeek: true, canPeekBatch: true,
            canRenewLock: true, canAbandon: true, canDeadLetter: true, canClear: true, canReplay: true, canGroup: true,
            isDurable: isDurable)
    }
}
