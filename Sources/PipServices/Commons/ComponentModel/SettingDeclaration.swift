/// What a component's setting is: its key, type, default and meaning.
public struct SettingDeclaration: Sendable, Hashable {
    /// The dotted key within the component's section.
    public var key: String
    /// Other keys that are read when the first has no value.
    public var aliases: [String]
    /// What a value looks like, for people.
    public var type: String
    /// The default as text; nil when a value is required.
    public var defaultText: String?
    /// What the setting means.
    public var meaning: String
    /// True when the value must never be shown.
    public var isSecret: Bool
    /// True when a changed value is taken while the service runs.
    public var isReloadable: Bool
    /// True when the key stands for a section of free keys.
    public var isSection: Bool
    /// True when the value is a list, which may also stand under `key.0`, `key.1`, ...
    public var isList = false
    /// True if a value that is present but empty is an error instead of unset: the setting controls access.
    public var rejectsEmpty = false
}
