func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// The value with this many digits after the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "?" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard digits > 0 else { return sign + String(scaled) }
    let fraction = String(scaled % Int(scale))
    return sign + String(scaled / Int(scale)) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// The value with three or more significant digits.
func number(_ value: Double) -> String {
    switch value.magnitude {
    case 100...: fixed(value, 0)
    case 10...: fixed(value, 1)
    default: fixed(value, 2)
    }
}

func milliseconds(_ duration: Duration) -> Double {
    duration / .milliseconds(1)
}
