"""A reverse proxy that serves a service under a prefix, which it strips from the paths.

    prefix_proxy.py <address of the service> <prefix>

It prints its port, and answers 404 outside of the prefix. Nothing outside of Python's standard library is needed.
"""

import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SERVICE, PREFIX = sys.argv[1:3]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Proxy(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        if not self.path.startswith(PREFIX + "/"):
            return self.reply(404, {}, b"outside of the prefix")
        fields = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        request = urllib.request.Request(
            SERVICE + self.path[len(PREFIX):], data=body, headers=fields, method=self.command)
        try:
            with opener.open(request, timeout=60) as response:
                self.reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            self.reply(error.code, error.headers, error.read())

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer


server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print("PORT", server.server_address[1], flush=True)
server.serve_forever()
