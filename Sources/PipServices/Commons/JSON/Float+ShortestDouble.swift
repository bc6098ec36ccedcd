extension Float {
    /// The double that reads like the float: 0.1, not 0.10000000149.
    var shortestDouble: Double { Double(description) ?? Double(self) }
}
