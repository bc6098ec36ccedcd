/// A type that a setting can have: how it is read from the text of a configuration, strictly.
public protocol SettingValue: Sendable {
    /// What a text must look like, for messages: "a whole number".
    static var expectation: String { get }
    /// The value that a text means; nil when it means none.
    init?(settingText: String)
    /// The text that means this value, for tables of settings.
    var settingText: String { get }
    /// True for a list, which a configuration may also give as elements under `key.0`, `key.1`, ...
    static var isList: Bool { get }
    /// The list of elements that a configuration gives one by one; nil when one of them means nothing.
    init?(settingElements: [String])
}

extension SettingValue {
    /// False: a single value.
    public static var isList: Bool { false }
    /// Reads the elements as one text, separated by commas.
    public init?(settingElements: [String]) { self.init(settingText: settingElements.joined(separator: ",")) }
}

extension String: SettingValue {
    /// For messages.
    public static var expectation: String { "text" }
    /// The text itself.
    public init?(settingText: String) { self = settingText }
    /// The text itself.
    public var settingText: String { self }
}

extension Bool: SettingValue {
    /// For messages.
    public static var expectation: String { "true or false" }
    /// Reads `true`, `yes`, `1` and their like, as ``BooleanConverter`` does.
    public init?(settingText: String) {
        guard let value = BooleanConverter.parse(settingText.trimmed) else { return nil }
        self = value
    }
    /// `true` or `false`.
    public var settingText: String { description }
}

extension Int: SettingValue {
    /// For messages.
    public static var expectation: String { "a whole number" }
    /// Reads a decimal number.
    public init?(settingText: String) { self.init(settingText.trimmed) }
    /// The decimal number.
    public var settingText: String { description }
}

extension Double: SettingValue {
    /// For messages.
    public static var expectation: String { "a number" }
    /// Reads a finite decimal number.
    public init?(settingText: String) {
        guard let value = Double(settingText.trimmed), value.isFinite else { return nil }
        self = value
    }
    /// The decimal number.
    public var settingText: String { StringConverter.toString(.double(self)) }
}

extension Duration: SettingValue {
    /// For messages.
    public static var expectation: String { "a number of milliseconds" }
    /// Reads milliseconds, as all editions write time spans. Up to 100 years, either way.
    public init?(settingText: String) {
        guard let value = Double(settingText.trimmed), value.isFinite, abs(value) <= 3.2e12 else { return nil }
        self = .microseconds(Int64((value * 1000).rounded()))
    }
    /// The milliseconds.
    public var settingText: String { StringConverter.toString(.double(milliseconds)) }
}

extension Array: SettingValue where Element: SettingValue {
    /// For messages.
    public static var expectation: String { "a list, separated by commas" }
    /// Reads elements separated by commas; blanks around them and empty ones are dropped.
    public init?(settingText: String) {
        self = []
        for part in settingText.parts(separatedBy: ",", omittingEmpty: true).map(\.trimmed) where !part.isEmpty {
            guard let element = Element(settingText: part) else { return nil }
            append(element)
        }
    }
    /// Takes each element as it is, commas and blanks included; those of blanks only are dropped.
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
    /// For messages.
    public static var expectation: String { Wrapped.expectation }
    /// Reads the value; a setting without one stays nil.
    public init?(settingText: String) {
        guard let value = Wrapped(settingText: settingText) else { return nil }
        self = .some(value)
    }
    /// That of the value.
    public static var isList: Bool { Wrapped.isList }
    /// Reads the value.
    public init?(settingElements: [String]) {
        guard let value = Wrapped(settingElements: settingElements) else { return nil }
        self = .some(value)
    }
    /// The text of the value, empty for nil.
    public var settingText: String { self?.settingText ?? "" }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// For messages: the names of the cases.
    public static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    /// Reads the name of a case, whatever its capitals.
    public init?(settingText: String) {
        let text = settingText.trimmed
        guard let value = Self.allCases.first(where: { $0.rawValue.isSame(ignoringCase: text) }) else { return nil }
        self = value
    }
    /// The name of the case.
    public var settingText: String { rawValue }
}
