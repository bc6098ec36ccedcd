/// The key for looking up a component: a descriptor, or any other string as a plain name.
///
/// A string literal with five parts is a descriptor.
public enum Locator: Sendable, Hashable {
    /// A descriptor.
    case descriptor(Descriptor)
    /// A plain name, which is matched exactly.
    case name(String)

    /// Creates a descriptor from a string with five parts, and a plain name from any other.
    public init(_ text: String) {
        do throws(ApplicationError) {
            self = .descriptor(try Descriptor(parsing: text))
        } catch {
            self = .name(text)
        }
    }

    /// The descriptor; nil for a plain name.
    public var descriptor: Descriptor? {
        if case .descriptor(let descriptor) = self { descriptor } else { nil }
    }

    /// Returns true if both are descriptors with the same parts, or names with the same code points.
    public static func == (left: Locator, right: Locator) -> Bool {
        switch (left, right) {
        case (.descriptor(let left), .descriptor(let right)): left == right
        case (.name(let left), .name(let right)): left.isSame(as: right)
        default: false
        }
    }

    /// Returns true if the other locator refers to the same component. Descriptors may have wildcards; names must be
    /// equal.
    public func match(_ other: Locator) -> Bool {
        switch (self, other) {
        case (.descriptor(let left), .descriptor(let right)): left.match(right)
        case (.name(let left), .name(let right)): left.isSame(as: right)
        default: false
        }
    }
}

extension Locator: ExpressibleByStringLiteral, CustomStringConvertible {
    /// Creates a locator from a string literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// The string form.
    public var description: String {
        switch self {
        case .descriptor(let descriptor): descriptor.description
        case .name(let name): name
        }
    }
}
