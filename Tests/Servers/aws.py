"""AWS for tests: the package moto behind a strict check of signatures.

aws.py --port PORT [--keys ID=SECRET,...] [--skew SECONDS]

A request whose signature is wrong never reaches moto, which checks none. A session token that begins with "expired" is
refused as expired. A request with the header field X-Test-Uptime (milliseconds) is carried out by SQS at that time, and
without waiting: tests move the time of their queues by it.
"""
import argparse
import datetime
import hashlib
import hmac
import http.client
import itertools
import json
import os
import sys
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

# Installed beside the other packages, see requirements-aws.txt.
sys.path.insert(0, os.path.join(sys.prefix, "aws"))


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def encoded(text):
    return quote(text, safe="-_.~")


def canonical_path(path, service):
    if service == "s3":
        return "/".join(encoded(unquote(part)) for part in path.split("/")) or "/"
    parts = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    normal = "/" + "/".join(parts)
    if path.endswith("/") and normal != "/":
        normal += "/"
    return quote(normal, safe="/-_.~")


def problem(method, target, headers, body, keys, skew):
    """Why a request is refused: a code and a text; None if it is not."""
    path, _, query = target.partition("?")
    pairs = [tuple((part.split("=", 1) + [""])[:2]) for part in query.split("&") if part]
    parameters = {unquote(name): unquote(value) for name, value in pairs}
    fields = {}
    for name, value in headers.items():
        name, value = name.lower(), " ".join(value.split())
        fields[name] = fields[name] + "," + value if name in fields else value
    presigned = "X-Amz-Signature" in parameters
    if presigned:
        credential, signed = parameters["X-Amz-Credential"], parameters["X-Amz-SignedHeaders"]
        signature, date = parameters["X-Amz-Signature"], parameters["X-Amz-Date"]
        token, lifetime = parameters.get("X-Amz-Security-Token", ""), int(parameters.get("X-Amz-Expires", 900))
    else:
        authorization = fields.get("authorization", "")
        if not authorization.startswith("AWS4-HMAC-SHA256 "):
            return "MissingAuthenticationTokenException", "there is no signature"
        parts = dict(part.strip().split("=", 1) for part in authorization[17:].split(","))
        credential, signed, signature = parts["Credential"], parts["SignedHeaders"], parts["Signature"]
        date, token, lifetime = fields.get("x-amz-date", ""), fields.get("x-amz-security-token", ""), skew
    key, day, region, service, end = credential.rsplit("/", 4)
    if key not in keys:
        return "UnrecognizedClientException", key
    if token.startswith("expired"):
        return "ExpiredTokenException", "The security token included in the request is expired"
    time = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    age = (datetime.datetime.now(datetime.timezone.utc) - time).total_seconds()
    if date[:8] != day or age > lifetime or age < -skew:
        return "InvalidSignatureException", f"Signature expired: {date}"
    names = signed.split(";")
    required = {"host"} | ({name for name in fields if name.startswith("x-amz-")} if not presigned else set())
    if names != sorted(names) or required - set(names):
        return "InvalidSignatureException", f"header fields that are not signed: {sorted(required - set(names))}"
    digest = fields.get("x-amz-content-sha256")
    if presigned and service == "s3":
        digest = digest or "UNSIGNED-PAYLOAD"
    actual = hashlib.sha256(body).hexdigest()
    if digest is None:
        digest = actual
    elif len(digest) == 64 and digest != actual:
        return "XAmzContentSHA256Mismatch", f"{digest} is not {actual}"
    query = "&".join(
        f"{name}={value}" for name, value in sorted(
            (encoded(unquote(name)), encoded(unquote(value.replace("+", "%20")))) for name, value in pairs
            if unquote(name) != "X-Amz-Signature"))
    canonical = "\n".join([
        method, canonical_path(path, service), query, "".join(f"{name}:{fields.get(name, '')}\n" for name in names),
        signed, digest])
    text = "\n".join([
        "AWS4-HMAC-SHA256", date, f"{day}/{region}/{service}/{end}", hashlib.sha256(canonical.encode()).hexdigest()])
    derived = ("AWS4" + keys[key]).encode()
    for part in (day, region, service, "aws4_request"):
        derived = sign(derived, part)
    if not hmac.compare_digest(sign(derived, text).hex(), signature):
        return "InvalidSignatureException", "The signature does not match"
    return None


def read_body(handler):
    if "chunked" not in handler.headers.get("Transfer-Encoding", ""):
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def refusal(headers, code, text):
    """The body of a refusal, in the format of the request."""
    if "json" in headers.get("Content-Type", ""):
        return json.dumps({"__type": code, "message": text}).encode()
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>" \
        "</ErrorResponse>".encode()


class Gate(BaseHTTPRequestHandler):
    """Checks signatures, and passes requests on to moto."""
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    keys, skew, upstream = {}, 300, 0

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Date", formatdate(usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        body = read_body(self)
        try:
            found = problem(self.command, self.path, self.headers, body, self.keys, self.skew)
        except Exception as error:  # What is missing or malformed.
            found = ("IncompleteSignatureException", f"{type(error).__name__}: {error}")
        if found:
            return self.answer(403, [("Content-Type", "text/plain")], refusal(self.headers, *found))
        skipped = ("transfer-encoding", "content-length", "expect", "connection")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream)
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        own = ("transfer-encoding", "connection", "content-length", "date", "server")
        self.answer(response.status, [field for field in response.getheaders() if field[0].lower() not in own], data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = handle_request


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def start_moto():
    """Starts moto, and returns its port."""
    import moto.sqs.models as sqs
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    local = threading.local()
    real_time, real_receive = sqs.unix_time_millis, sqs.SQSBackend.receive_message
    start = real_time()

    # Visible is what was so before now: two readings of a clock that stands still must differ.
    ticks = itertools.count()

    def time(*arguments):
        uptime = getattr(local, "uptime", None)
        if uptime is None or arguments:
            return real_time(*arguments)
        return start + uptime + next(ticks) * 0.0001

    def receive(self, queue_name, count, wait_seconds_timeout, *arguments, **named):
        if getattr(local, "uptime", None) is not None:
            wait_seconds_timeout = 0
        return real_receive(self, queue_name, count, wait_seconds_timeout, *arguments, **named)

    sqs.unix_time_millis, sqs.SQSBackend.receive_message = time, receive
    application = DomainDispatcherApplication(create_backend_app)

    def timed(environment, start_response):
        uptime = environment.get("HTTP_X_TEST_UPTIME")
        local.uptime = float(uptime) if uptime else None
        return application(environment, start_response)

    class Quiet(WSGIRequestHandler):
        def log(self, *arguments):
            pass

    server = make_server("127.0.0.1", 0, timed, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.port


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keys", default="AKIDEXAMPLE=secret")
    parser.add_argument("--skew", type=int, default=300)
    options = parser.parse_args()
    Gate.keys = dict(pair.split("=", 1) for pair in options.keys.split(","))
    Gate.skew = options.skew
    Gate.upstream = start_moto()
    Server(("127.0.0.1", options.port), Gate).serve_forever()
