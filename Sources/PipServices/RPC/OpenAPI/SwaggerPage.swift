/// The page of the ``SwaggerController``.
enum SwaggerPage {
    /// A document that the page shows.
    struct Document: Encodable, Sendable {
        let name: String
        let url: String
    }

    /// The header fields in addition to the content type. Only scripts and styles with the nonce are allowed, and only
    /// calls to this service.
    static func headers(nonce: String) -> HeaderFields {
        let policy = [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
        return [
            ("Content-Security-Policy", policy.joined(separator: "; ")), ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ]
    }

    /// The page as HTML.
    /// - Parameter root: the URL of the service, relative to the page, such as `..`.
    static func html(_ documents: [Document], root: String, nonce: String) -> String {
        let list = documents.map { AnyValue.map(["name": .string($0.name), "url": .string($0.url)]) }
        // Inside a script, only `<` could end it.
        let data = String(decoding: JSONWriter.bytes(of: .array(list)), as: UTF8.self)
            .parts(separatedBy: "<").joined(separator: "\\u003c")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>API</title>
            <link rel="icon" href="data:,">
            <style nonce="\(nonce)">
            \(style)</style>
            </head>
            <body>
            \(content)<script type="application/json" id="documents" data-root="\(root)">\(data)</script>
            <script nonce="\(nonce)">
            \(script)</script>
            </body>
            </html>

            """
    }

    // MARK: - Internal

    // The files of the folder Page, which the build embeds in the code.
    private static let content = String(decoding: PackageResources.page_html, as: UTF8.self)
    private static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    private static let script = String(decoding: PackageResources.page_js, as: UTF8.self)
}
