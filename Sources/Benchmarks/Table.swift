/// One line of the table.
struct Row {
    enum Target {
        case ratioAtLeast(Double)
        case ratioAtMost(Double)
        case below(Double)
    }

    let name: String
    let unit: String
    /// One value per round; the table shows the median.
    var ours: [Double]
    /// The baseline's values of the same rounds; empty when the row has none.
    var baseline: [Double] = []
    var target: Target?
    /// CPU time per operation in microseconds, one value per round.
    var oursCPU: [Double] = []
    var baselineCPU: [Double] = []
    /// The second target: the most CPU time per operation, as a multiple of the baseline's.
    var cpuTarget: Double?
    /// Allocations per operation, where they were counted.
    var oursAllocations: Double?
    var baselineAllocations: Double?

    /// Of the medians, so that the columns of the table can be checked against each other.
    var ratio: Double? { baseline.isEmpty ? nil : median(ours) / median(baseline) }

    var cpuRatio: Double? {
        oursCPU.isEmpty || baselineCPU.isEmpty ? nil : median(oursCPU) / median(baselineCPU)
    }

    /// The lowest and the highest ratio of a single round: how far to trust the number.
    var spread: (low: Double, high: Double)? {
        let ratios = zip(ours, baseline).map(/)
        guard let low = ratios.min(), let high = ratios.max() else { return nil }
        return (low, high)
    }

    var isMet: Bool? {
        switch target {
        case .ratioAtLeast(let bound): ratio.map { $0 >= bound }
        case .ratioAtMost(let bound): ratio.map { $0 <= bound }
        case .below(let bound): median(ours) < bound
        case nil: nil
        }
    }

    var isCPUMet: Bool? {
        guard let cpuTarget, let cpuRatio else { return nil }
        return cpuRatio <= cpuTarget
    }
}

/// The rows and the notes below them, as text.
struct Table {
    private var rows: [Row] = []
    private var notes: [String] = []

    mutating func add(_ row: Row) {
        rows.append(row)
    }

    mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    var text: String {
        let heads = [
            "measured", "unit", "ours", "baseline", "ratio", "ratios of rounds", "target", "met", "CPU/op",
            "baseline's", "ratio", "target", "met", "allocations/op", "baseline's",
        ]
        let cells = [heads] + rows.map(Self.cells)
        let widths = heads.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { line in
            let padded = zip(line, widths).enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
                return column < 2 ? cell.0 + blanks : blanks + cell.0
            }
            return padded.joined(separator: "  ")
        }
        lines.insert(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "), at: 1)
        return (lines + notes.map { "note: \($0)" }).map { $0 + "\n" }.joined()
    }

    private static func cells(_ row: Row) -> [String] {
        let target =
            switch row.target {
            case .ratioAtLeast(let bound): ">= \(fixed(bound, 2))"
            case .ratioAtMost(let bound): "<= \(fixed(bound, 2))"
            case .below(let bound): "< \(fixed(bound, 0)) \(row.unit)"
            case nil: "-"
            }
        func microseconds(_ values: [Double]) -> String {
            values.isEmpty ? "-" : "\(fixed(median(values), 1)) us"
        }
        return [
            row.name,
            row.unit,
            number(median(row.ours)),
            row.baseline.isEmpty ? "-" : number(median(row.baseline)),
            row.ratio.map { fixed($0, 2) } ?? "-",
            row.spread.map { "\(fixed($0.low, 2)) to \(fixed($0.high, 2))" } ?? "-",
            target,
            row.isMet.map { $0 ? "yes" : "NO" } ?? "-",
            microseconds(row.oursCPU),
            microseconds(row.baselineCPU),
            row.cpuRatio.map { fixed($0, 2) } ?? "-",
            row.cpuTarget.map { "<= \(fixed($0, 2))" } ?? "-",
            row.isCPUMet.map { $0 ? "yes" : "NO" } ?? "-",
            row.oursAllocations.map { fixed($0, 1) } ?? "-",
            row.baselineAllocations.map { fixed($0, 1) } ?? "-",
        ]
    }
}
