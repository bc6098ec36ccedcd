/// The semantic version of this toolkit.
public enum ToolkitVersion {
    /// The version, as in the newest entry of `CHANGELOG.md`.
    public static let current = "0.1.0"
}
