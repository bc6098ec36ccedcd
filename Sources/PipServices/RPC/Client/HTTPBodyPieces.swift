/// Pieces of a body in their order, none of them empty. However they are cut, taking them costs their length alone.
struct HTTPBodyPieces: Sendable {
    private var pieces: [[UInt8]] = []
    /// Where the first piece is that is left, and where its first byte is.
    private var head = 0
    private var offset = 0
    /// How many bytes are left.
    private(set) var count = 0

    mutating func append(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// The next bytes, of one piece and no more than `limit`; nil when there are none.
    mutating func take(upTo limit: Int) -> [UInt8]? {
        guard head < pieces.count else { return nil }
        let piece = pieces[head]
        let taken = min(piece.count - offset, max(1, limit))
        count -= taken
        if offset == 0, taken == piece.count {
            drop()
            return piece
        }
        let bytes = Array(piece[offset..<offset + taken])
        offset += taken
        if offset == piece.count { drop() }
        return bytes
    }

    private mutating func drop() {
        pieces[head] = []
        head += 1
        offset = 0
        // Now and then, so that what is gone takes no room.
        guard head > 64, head * 2 > pieces.count else { return }
        pieces.removeFirst(head)
        head = 0
    }
}
