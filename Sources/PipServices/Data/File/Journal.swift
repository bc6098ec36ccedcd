/// The verified lines of a journal.
struct Journal {
    /// The frames in order.
    let frames: [JournalFrame]
    /// The end of the last valid frame. The rest was being written when the process or the machine stopped.
    let end: Int

    /// Parses a journal.
    ///
    /// An invalid line at the end is a torn write that was never confirmed. An invalid line before a valid one is
    /// corruption: a frame is written only after the previous one is durable.
    ///
    /// - Throws: FileError `READ_FAILED` with the details `path` and `byte`.
    init(_ bytes: [UInt8], path: String) throws(ApplicationError) {
        var frames: [JournalFrame] = []
        var position = 0
        while let frame = JournalFrame.read(bytes, at: position) {
            if let last = frames.last, frame.number != last.number &+ 1 {
                throw .corruptFile(path, byte: position, "change \(frame.number) follows change \(last.number)")
            }
            frames.append(frame)
            position = frame.range.upperBound
        }
        var later = position
        while let end = JournalFrame.endOfLine(bytes, from: later) {
            later = end + 1
            if JournalFrame.read(bytes, at: later) != nil {
                throw .corruptFile(path, byte: position, "a damaged line precedes valid ones")
            }
        }
        self.frames = frames
        end = position
    }

    /// Returns the changes that follow a state of the data file.
    ///
    /// - Parameters:
    ///   - file: the content of the data file.
    ///   - limit: the offset in the journal at which to stop.
    /// - Returns: nil if the journal does not continue from this data file.
    /// - Throws: FileError `READ_FAILED` with the details `path` and `byte`.
    func replay(
        since file: FileIdentity?, in bytes: [UInt8], path: String, limit: Int = .max
    ) throws(ApplicationError) -> (base: JournalBase, changes: [ItemChange])? {
        var changes: [(place: Int, change: ItemChange)] = []
        var found: (base: JournalBase, place: Int)?
        for frame in frames where frame.range.lowerBound < limit {
            let place = frame.range.lowerBound
            switch try content(frame, bytes, path) {
            case .map(let map):
                guard let base = JournalBase(map) else {
                    throw .corruptFile(path, byte: place, "a line in a format that this version does not support")
                }
                if base.file == file { found = (base, base.upTo ?? frame.range.upperBound) }
            case .array(let values):
                for value in values {
                    guard let change = ItemChange(value) else {
                        throw .corruptFile(path, byte: place, "a change that this version does not support")
                    }
                    changes.append((place, change))
                }
            default: throw .corruptFile(path, byte: place, "a line in a format that this version does not support")
            }
        }
        return found.map { found in (found.base, changes.filter { $0.place >= found.place }.map(\.change)) }
    }

    private func content(
        _ frame: JournalFrame, _ bytes: [UInt8], _ path: String
    ) throws(ApplicationError) -> AnyValue {
        do {
            return try JSONParser.parse(Array(bytes[frame.payload]))
        } catch {
            throw .corruptFile(path, byte: frame.payload.lowerBound, error.message)
        }
    }
}
