/// Functions by name (the toolkit's `FunctionCollection` and `DefaultFunctionCollection`). A value type; case makes no
/// difference in names.
public struct FunctionCollection: Sendable {
    /// The functions of the toolkit, on the clock and the random numbers of the system.
    public static let standard = standard(clock: SystemClock(), random: SystemRandom())

    /// All functions, in the order in which they were added.
    public private(set) var functions: [ExpressionFunction] = []

    private var positions: [ScalarText: Int] = [:]

    /// Creates a collection. Of equal names the last function counts.
    public init(_ functions: [ExpressionFunction] = []) {
        for function in functions { add(function) }
    }

    /// The functions of the toolkit, which take time and chance from the given sources.
    public static func standard(clock: any ClockSource, random: any RandomSource) -> Self {
        Self(StandardFunctions.all(clock: clock, random: random))
    }

    /// How many functions there are.
    public var count: Int { functions.count }

    /// The function with a name; nil when there is none.
    public subscript(name: String) -> ExpressionFunction? { function(key: ScalarText(folding: name)) }

    /// Adds a function, in place of one with the same name.
    public mutating func add(_ function: ExpressionFunction) {
        let key = ScalarText(folding: function.name)
        if let position = positions[key] {
            functions[position] = function
        } else {
            positions[key] = functions.count
            functions.append(function)
        }
    }

    /// Removes the function with a name; does nothing when there is none.
    public mutating func remove(_ name: String) {
        guard let removed = positions.removeValue(forKey: ScalarText(folding: name)) else { return }
        functions.remove(at: removed)
        positions = positions.mapValues { $0 > removed ? $0 - 1 : $0 }
    }

    /// Removes all functions.
    public mutating func removeAll() { self = Self() }

    // MARK: - Internal

    /// The function of a name in lower case.
    func function(key: ScalarText) -> ExpressionFunction? { positions[key].map { functions[$0] } }
}
