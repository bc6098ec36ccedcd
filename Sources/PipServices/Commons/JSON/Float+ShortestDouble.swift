extension Float {
    /// The double with the same shortest decimal form: 0.1, not 0.10000000149.
    var shortestDouble: Double { Double(description) ?? Double(self) }
}
