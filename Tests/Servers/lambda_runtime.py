"""The runtime of AWS Lambda for tests: its API for functions, and the Invoke operation for their callers.

lambda_runtime.py --port PORT [--keys ID=SECRET,...]

A function polls /2018-06-01/runtime/invocation/next (AWS_LAMBDA_RUNTIME_API=127.0.0.1:PORT). Callers post to
/2015-03-31/functions/NAME/invocations, where a signature, if there is one, must be right. X-Test-Deadline-Ms says how
long the function has. GET /test/init-errors returns what functions reported of their start, and /test/results those of
one-way calls.
"""
import argparse
import json
import queue
import time
import uuid
from http.server import BaseHTTPRequestHandler

from aws import Server, problem, read_body

EVENTS = queue.Queue()
WAITING = {}
INIT_ERRORS = []
RESULTS = []
LIMIT = 6 * 1024 * 1024 + 100
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


class Runtime(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    keys = {}

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_gone(self):
        """True if the function has closed its connection."""
        self.connection.setblocking(False)
        try:
            return self.connection.recv(1, 2) == b""  # MSG_PEEK
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.setblocking(True)

    def do_GET(self):
        if self.path == "/test/init-errors":
            return self.answer(200, json.dumps(INIT_ERRORS).encode())
        if self.path == "/test/results":
            return self.answer(200, json.dumps(RESULTS).encode())
        if self.path != "/2018-06-01/runtime/invocation/next":
            return self.answer(404)
        while True:
            try:
                request, event, deadline = EVENTS.get(timeout=0.05)
            except queue.Empty:
                if self.is_gone():
                    return None
                continue
            if not self.is_gone():
                break
            # A function that was ended: the next one receives the event.
            EVENTS.put((request, event, deadline))
            return None
        self.answer(200, event, [
            ("Lambda-Runtime-Aws-Request-Id", request),
            ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + deadline)),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f"),
            ("Lambda-Runtime-Trace-Id", TRACE)])
        return None

    def do_POST(self):
        body = read_body(self)
        parts = self.path.split("/")
        if self.path.startswith("/2015-03-31/functions/") and self.path.endswith("/invocations"):
            return self.invoke(body)
        if self.path == "/2018-06-01/runtime/init/error":
            INIT_ERRORS.append({"type": self.headers.get("Lambda-Runtime-Function-Error-Type"), "body": json.loads(body)})
            return self.answer(202, b'{"status":"OK"}')
        if len(parts) == 6 and parts[5] in ("response", "error") and parts[4] in WAITING:
            if parts[5] == "response" and len(body) > LIMIT:
                return self.answer(413, b'{"errorType":"RequestEntityTooLarge"}')
            if parts[5] == "error" and not isinstance(json.loads(body).get("errorMessage"), str):
                return self.answer(400, b'{"errorType":"InvalidErrorShape"}')
            WAITING.pop(parts[4]).put((parts[5], body))
            return self.answer(202, b'{"status":"OK"}')
        return self.answer(400, b'{"errorMessage":"InvalidRequestID","errorType":"InvalidRequestID"}')

    def invoke(self, body):
        if "Authorization" in self.headers:
            found = problem(self.command, self.path, self.headers, body, self.keys, 300)
            if found:
                text = json.dumps({"message": found[1]}).encode()
                return self.answer(403, text, [("x-amzn-ErrorType", found[0])])
        request, result = str(uuid.uuid4()), queue.Queue()
        WAITING[request] = result
        EVENTS.put((request, body, int(self.headers.get("X-Test-Deadline-Ms", "3000"))))
        if self.headers.get("X-Amz-Invocation-Type") == "Event":
            RESULTS.append(json.loads(body))
            return self.answer(202)
        try:
            kind, payload = result.get(timeout=20)
        except queue.Empty:
            return self.answer(504, b'{"errorMessage":"timeout"}')
        return self.answer(200, payload, [("X-Amz-Function-Error", "Unhandled")] if kind == "error" else [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keys", default="AKIDEXAMPLE=secret")
    options = parser.parse_args()
    Runtime.keys = dict(pair.split("=", 1) for pair in options.keys.split(","))
    Server(("127.0.0.1", options.port), Runtime).serve_forever()
