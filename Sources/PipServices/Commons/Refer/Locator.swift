/// What a component is looked up by: a descriptor, or any other text as a plain name.
///
/// A text literal with five parts is a descriptor.
public enum Locator: Sendable, Hashable {
    /// A component by its descriptor.
    case descriptor(Descriptor)
    /// A component by a plain name, which is matched as it is.
    case name(String)

    /// The locator that a text means: a descriptor when it has five parts, else a name.
    public init(_ text: String) {
        do throws(ApplicationError) {
            self = .descriptor(try Descriptor(parsing: text))
        } catch {
            self = .name(text)
        }
    }

    /// The descriptor, nil for a plain name.
    public var descriptor: Descriptor? {
        if case .descriptor(let descriptor) = self { descriptor } else { nil }
    }

    /// True when both are descriptors with the same parts, or names with the same code points.
    public static func == (left: Locator, right: Locator) -> Bool {
        switch (left, right) {
        case (.descriptor(let left), .descriptor(let right)): left == right
        case (.name(let left), .name(let right)): left.isSame(as: right)
        default: false
        }
    }

    /// True when the other locator means the same component: descriptors match with wildcards, names are equal.
    public func match(_ other: Locator) -> Bool {
        switch (self, other) {
        case (.descriptor(let left), .descriptor(let right)): left.match(right)
        case (.name(let left), .name(let right)): left.isSame(as: right)
        default: false
        }
    }
}

extension Locator: ExpressibleByStringLiteral, CustomStringConvertible {
    /// Writes a locator as text.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text form.
    public var description: String {
        switch self {
        case .descriptor(let descriptor): descriptor.description
        case .name(let name): name
        }
    }
}
