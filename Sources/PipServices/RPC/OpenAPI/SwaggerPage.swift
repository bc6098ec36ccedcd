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
            \(style)
            </style>
            </head>
            <body>
            \(content)
            <script type="application/json" id="documents" data-root="\(root)">\(data)</script>
            <script nonce="\(nonce)">
            \(script)
            </script>
            </body>
            </html>

            """
    }

    // MARK: - Internal

    private static let content = """
        <a class="skip" href="#operations">Skip to the operations</a>
        <header>
          <div class="bar">
            <h1 class="brand">API</h1>
            <label class="find">Find <input id="find" type="search" placeholder="operation, path or tag"></label>
            <label class="token">Authorization <input id="authorization" type="password" autocomplete="off"
              placeholder="Bearer … or Basic …" spellcheck="false"></label>
          </div>
        </header>
        <main>
          <p id="loading">Loading…</p>
          <p id="found" role="status"></p>
          <div id="operations" tabindex="-1"></div>
        </main>
        <noscript><p>This page needs JavaScript; the documents themselves do not.</p></noscript>
        """
}
