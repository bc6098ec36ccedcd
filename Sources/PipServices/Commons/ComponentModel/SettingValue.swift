/// A type of settings, with its strict parser for configuration strings.
public protocol SettingValue: Sendable {
    /// The expected form of a value, for messages: "a whole number".
    static var expectation: String { get }
    /// Parses a string; nil if it is not a valid value.
    init?(settingText: String)
    /// The string form of this value, for tables of settings.
    var settingText: String { get }
    /// True for a list, which a configuration may also give as elements under `key.0`, `key.1`, ...
    static var isList: Bool { get }
    /// Parses a list that the configuration gives element by element; nil if an element is not valid.
    init?(settingElements: [String])
}

extension SettingValue {
    /// False: a single value.
    public static var isList: Bool { false }
    /// Parses the elements as one string, joined by commas.
    public init?(settingElements: [String]) { self.init(settingText: settingElements.joined(separator: ",")) }
}

extension String: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "text" }
    /// Accepts any string.
    public init?(settingText: String) { self = settingText }
    /// The string itself.
    public var settingText: String { self }
}

extension Bool: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "true or false" }
    /// Parses `true`, `yes`, `1` and so on, as ``BooleanConverter`` does.
    public init?(settingText: String) {
        guard let value = BooleanConverter.parse(settingText.trimmed) else { return nil }
        self = value
    }
    /// `true` or `false`.
    public var settingText: String { description }
}

extension Int: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "a whole number" }
    /// Parses a decimal integer.
    public init?(settingText: String) { self.init(settingText.trimmed) }
    /// The decimal number.
    public var settingText: String { description }
}

extension Double: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "a number" }
    /// Parses a finite decimal number.
    public init?(settingText: String) {
        guard let value = Double(settingText.trimmed), value.isFinite else { return nil }
        self = value
    }
    /// The decimal number.
    public var settingText: String { StringConverter.toString(.double(self)) }
}

extension Duration: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "a number of milliseconds" }
    /// Parses a number of milliseconds, the unit of all editions. The limit is 100 years, positive or negative.
    public init?(settingText: String) {
        guard let value = Double(settingText.trimmed), value.isFinite, abs(value) <= 3.2e12 else { return nil }
        self = .microseconds(Int64((value * 1000).rounded()))
    }
    /// The number of milliseconds.
    public var settingText: String { StringConverter.toString(.double(milliseconds)) }
}

extension Array: SettingValue where Element: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { "a list, separated by commas" }
    /// Parses elements separated by commas. Spaces around elements and empty elements are dropped.
    public init?(settingText: String) {
        self = []
        for part in settingText.parts(separatedBy: ",", omittingEmpty: true).map(\.trimmed) where !part.isEmpty {
            guard let element = Element(settingText: part) else { return nil }
            append(element)
        }
    }
    /// Keeps each element unchanged, including commas and spaces. Elements of spaces only are dropped.
    public init?(settingElements: [String]) {
        self = []
        for text in settingElements where !text.trimmed.isEmpty {
            guard let element = Element(settingText: text) else { return nil }
            append(element)
        }
    }
    /// True.
    public static var isList: Bool { true }
    /// The elements, separated by commas.
    public var settingText: String { map(\.settingText).joined(separator: ",") }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// The expected form, for messages.
    public static var expectation: String { Wrapped.expectation }
    /// Parses the wrapped value. A setting without a value stays nil.
    public init?(settingText: String) {
        guard let value = Wrapped(settingText: settingText) else { return nil }
        self = .some(value)
    }
    /// As for the wrapped type.
    public static var isList: Bool { Wrapped.isList }
    /// Parses the wrapped value.
    public init?(settingElements: [String]) {
        guard let value = Wrapped(settingElements: settingElements) else { return nil }
        self = .some(value)
    }
    /// The string form of the value; empty for nil.
    public var settingText: String { self?.settingText ?? "" }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// The names of the cases, for messages.
    public static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    /// Parses the name of a case, case-insensitively.
    public init?(settingText: String) {
        let text = settingText.trimmed
        guard let value = Self.allCases.first(where: { $0.rawValue.isSame(ignoringCase: text) }) else { return nil }
        self = value
    }
    /// The name of the case.
    public var settingText: String { rawValue }
}
