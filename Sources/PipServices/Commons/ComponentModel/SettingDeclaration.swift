/// The declaration of a setting: its key, type, default and meaning.
public struct SettingDeclaration: Sendable, Hashable {
    /// The dotted key within the component's section.
    public var key: String
    /// Other keys that are read if the first has no value.
    public var aliases: [String]
    /// The expected form of a value, for people.
    public var type: String
    /// The default as a string; nil if a value is required.
    public var defaultText: String?
    /// The description of the setting.
    public var meaning: String
    /// True if the value must never be shown.
    public var isSecret: Bool
    /// True if a changed value is applied while the service runs.
    public var isReloadable: Bool
    /// True if the key is a section with arbitrary keys.
    public var isSection: Bool
    /// True if the value is a list, which may also be written under `key.0`, `key.1`, ...
    public var isList = false
    /// True if a value that is present but empty is an error instead of unset, because the setting controls access.
    public var rejectsEmpty = false
}
