/// The version of this toolkit, by semantic versioning.
public enum ToolkitVersion {
    /// The version: that of the newest entry in `CHANGELOG.md`.
    public static let current = "0.1.0"
}
