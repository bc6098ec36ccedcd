extension ComponentDescription {
    /// Plain text: the descriptor, then its settings and dependencies in columns.
    func text() -> String {
        guard absence == nil else { return "\(locator)\n  not available: \(absence ?? "")\n" }
        let rows = settings.map { setting in
            [
                setting.keys.joined(separator: ", "), setting.type,
                setting.defaultText.map { $0.isEmpty ? "none" : $0 } ?? "required",
                setting.remarks,
            ]
        }
        let widths = (0..<3).map { column in min(44, rows.map { $0[column].count }.max() ?? 0) }
        var lines = rows.map { row in
            let cells = (0..<3).map { row[$0] + String(repeating: " ", count: max(0, widths[$0] - row[$0].count)) }
            return ("  " + (cells + [row[3]]).joined(separator: "  ")).trimmedEnd
        }
        let longest = dependencies.map(\.name.count).max() ?? 0
        lines += dependencies.map { dependency in
            let locators = dependency.locators.map(\.description).joined(separator: ", or ")
            let name = dependency.name + String(repeating: " ", count: longest - dependency.name.count)
            return "  dependencies.\(name)  \(dependency.need) \(dependency.type) at \(locators)"
        }
        return ([locator] + lines).joined(separator: "\n") + "\n"
    }

    /// Markdown: a heading, and a table of the settings.
    func markdown() -> String {
        var lines = ["### `\(locator)`", ""]
        if let absence {
            lines += ["Not available: \(absence)", ""]
        } else if settings.isEmpty, dependencies.isEmpty {
            lines += ["Has no settings.", ""]
        } else {
            lines += ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
            for setting in settings {
                let initial = setting.defaultText.map { $0.isEmpty ? "none" : "`\($0)`" } ?? "required"
                lines.append(
                    Self.row([
                        setting.keys.map { "`\($0)`" }.joined(separator: ", "), setting.type, initial, setting.remarks,
                    ]))
            }
            for dependency in dependencies {
                let locators = dependency.locators.map { "`\($0)`" }.joined(separator: ", then ")
                lines.append(
                    Self.row([
                        "`dependencies.\(dependency.name)`", "locator", locators,
                        "\(dependency.need) `\(dependency.type)`",
                    ]))
            }
            lines.append("")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The JSON form.
    var value: AnyValue {
        [
            "descriptor": .string(locator), "type": type.map(AnyValue.string) ?? .null,
            "absence": absence.map(AnyValue.string) ?? .null,
            "settings": .array(
                settings.map { setting in
                    [
                        "key": .string(setting.key), "aliases": .array(setting.aliases.map(AnyValue.string)),
                        "type": .string(setting.type), "default": setting.defaultText.map(AnyValue.string) ?? .null,
                        "required": .bool(setting.defaultText == nil), "section": .bool(setting.isSection),
                        "secret": .bool(setting.isSecret), "reloadable": .bool(setting.isReloadable),
                        "meaning": .string(setting.meaning),
                    ]
                }),
            "dependencies": .array(
                dependencies.map { dependency in
                    [
                        "name": .string(dependency.name),
                        "locators": .array(dependency.locators.map { .string("\($0)") }),
                        "required": .bool(dependency.isRequired), "many": .bool(dependency.isMany),
                        "type": .string(dependency.type),
                    ]
                }),
        ]
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing(text: "|", with: "\\|") }.joined(separator: " | ") + " |"
    }
}

extension DependencyDeclaration {
    fileprivate var need: String { isMany ? "every" : isRequired ? "the required" : "the optional" }
}

extension SettingDeclaration {
    /// The keys as written in a configuration; `*` stands for any key.
    fileprivate var keys: [String] {
        ([key] + aliases).map { isSection ? ($0.isEmpty ? "*" : "\($0).*") : $0 }
    }

    /// The description, followed by constraints and flags.
    fileprivate var remarks: String {
        let remarks = [isSecret ? "secret" : nil, isReloadable ? "can change while the service runs" : nil]
        let more = remarks.compactMap { $0 }.joined(separator: "; ")
        return more.isEmpty ? meaning : "\(meaning) (\(more))"
    }
}
