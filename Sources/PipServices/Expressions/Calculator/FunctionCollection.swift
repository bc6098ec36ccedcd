/// Functions by case-insensitive name (the toolkit's `FunctionCollection` and `DefaultFunctionCollection`). A value
/// type.
public struct FunctionCollection: Sendable {
    /// The functions of the toolkit, with the system's clock and random numbers.
    public static let standard = standard(clock: SystemClock(), random: SystemRandom())

    /// All functions, in the order in which they were added.
    public private(set) var functions: [ExpressionFunction] = []

    private var positions: [ScalarText: Int] = [:]

    /// Creates a collection. If a name repeats, the last function wins.
    public init(_ functions: [ExpressionFunction] = []) {
        for function in functions { add(function) }
    }

    /// Creates the functions of the toolkit with a clock and a random source.
    public static func standard(clock: any ClockSource, random: any RandomSource) -> Self {
        Self(StandardFunctions.all(clock: clock, random: random))
    }

    /// The number of functions.
    public var count: Int { functions.count }

    /// The function with a name, or nil.
    public subscript(name: String) -> ExpressionFunction? { function(key: ScalarText(folding: name)) }

    /// Adds a function. It replaces one with the same name.
    public mutating func add(_ function: ExpressionFunction) {
        let key = ScalarText(folding: function.name)
        if let position = positions[key] {
            functions[position] = function
        } else {
            positions[key] = functions.count
            functions.append(function)
        }
    }

    /// Removes the function with a name, if there is one.
    public mutating func remove(_ name: String) {
        guard let removed = positions.removeValue(forKey: ScalarText(folding: name)) else { return }
        functions.remove(at: removed)
        positions = positions.mapValues { $0 > removed ? $0 - 1 : $0 }
    }

    /// Removes all functions.
    public mutating func removeAll() { self = Self() }

    // MARK: - Internal

    /// Returns the function with a lower-case name.
    func function(key: ScalarText) -> ExpressionFunction? { positions[key].map { functions[$0] } }
}
