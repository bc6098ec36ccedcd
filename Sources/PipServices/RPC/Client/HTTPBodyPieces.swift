internal import DequeModule

/// Chunks of a body in order, all of them non-empty.
struct HTTPBodyPieces: Sendable {
    private var pieces: Deque<[UInt8]> = []
    /// The number of consumed bytes of the first chunk.
    private var offset = 0
    /// The number of remaining bytes.
    private(set) var count = 0

    mutating func append(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// Removes and returns the next bytes, from one chunk and at most `limit`; nil if none are left.
    mutating func take(upTo limit: Int) -> [UInt8]? {
        guard let piece = pieces.first else { return nil }
        let taken = min(piece.count - offset, max(1, limit))
        let bytes = taken == piece.count ? piece : Array(piece[offset..<offset + taken])
        count -= taken
        offset += taken
        if offset == piece.count {
            pieces.removeFirst()
            offset = 0
        }
        return bytes
    }
}
