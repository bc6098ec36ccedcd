"""Byte streams for a server of HTTP/1, and what every server must make of them.

Valid streams are pipelines of requests by RFC 9112: each request gets exactly one final response, in order, until a
request or a response closes the connection. Mutated streams break requests at random: whatever is sent back parses as
responses.
"""

import http.client
import io
import re
import socket
import time

from fuzz import Failure

TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
TARGETS = [
    "/heartbeat", "/heartbeat?trace_id=a", "/heartbeat?a=1&a=2&=&b", "/", "/none", "//heartbeat", "/a/../heartbeat",
    "/%68eartbeat", "/a%2Fb", "/%E2%82%AC?%C3%A9=%00", "/?" + "x=y&" * 200, "/" + "a/" * 300,
    "http://host/heartbeat", "http://host:80/none?a"]
# What looks like a request, in a place where it is none.
INNER = b"GET /inner HTTP/1.1\r\nHost: host\r\n\r\n"
SPLICES = [
    b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: +5\r\n", b"Content-Length: 5, 5\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Length: 0x5\r\n", b"Content-Length:\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n", b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"Host: other\r\n", b"Host:\r\n", b" folded: line\r\n", b"\tfolded\r\n", b": no name\r\n", b"no colon\r\n",
    b"Expect: 100-continue\r\n", b"Expect: something\r\n", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"Connection: close\r\n", b"Connection: keep-alive, close\r\n",
    b"Connection: \x80\r\n", b"Request-Timeout-Ms: 0\r\n", b"Request-Timeout-Ms: 1e99\r\n", b"Origin: null\r\n",
    b"Authorization: Basic !!!\r\n", b"traceparent: 00-x-y-z\r\n", b"Cookie: " + b"c" * 20_000 + b"\r\n",
    b"X: \x00\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"-1\r\n", b"5;x=\"\r\n",
    b"GET / HTTP/1.1\r\n", b"GET / HTTP/9.9\r\n", b"GET / HTTP/0.9\r\n", b"GET /\r\n", b"CONNECT host:80 HTTP/1.1\r\n",
    b"HEAD * HTTP/1.1\r\n", b"GET  / HTTP/1.1\r\n", b"G\x00T / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00", b"GET /\xff\xfe HTTP/1.1\r\n", b"GET /%zz%f HTTP/1.1\r\n", b"\xef\xbb\xbf", INNER]


class Request:
    """A request by the RFC."""

    def __init__(self, random):
        self.method = random.choice(METHODS)
        self.is_old = random.random() < 0.08
        version = "1.0" if self.is_old else "1.1"
        target = random.choice(TARGETS)
        if self.method == "OPTIONS" and random.random() < 0.3:
            target = "*"
        fields = [("Host", random.choice(["host", "host:8080", "127.0.0.1", "[::1]:80"]))]
        connection = random.choice([""] * 14 + ["close", "Close", "keep-alive", "keep-alive", "foo"])
        if connection:
            fields.append(("Connection", connection))
        self.closes = connection.lower() == "close" or self.is_old and connection != "keep-alive"
        for _ in range(random.choice([0, 0, 1, 2, 5, 20])):
            name = "X-" + "".join(random.choice(TOKEN) for _ in range(random.randint(1, 20)))
            size = random.choice([0, 1, 9, 60, 300])
            value = "".join(random.choice(TOKEN + " \t,;=\"()/:@[]{}é") for _ in range(size))
            fields.append((name, value.strip()))
        self.pauses = False
        body = b""
        if self.method not in ("GET", "HEAD") or random.random() < 0.1:
            content = random.choice([b"", b"{}", b"{", b"\xff" * 10, INNER, INNER * 40, b'{"a":' * 200])
            if random.random() < 0.4 and not self.is_old:
                fields.append(("Transfer-Encoding", random.choice(["chunked", "Chunked"])))
                body = chunked(random, content)
            else:
                fields.append(("Content-Length", str(len(content))))
                body = content
            if content and not self.is_old and random.random() < 0.2:
                fields.append(("Expect", "100-continue"))
                self.pauses = True
        if not self.is_old and not connection and random.random() < 0.05:
            fields += [("Upgrade", random.choice(["websocket", "h2c", "foo/2"])), ("Connection", "Upgrade")]
        random.shuffle(fields)
        lines = [f"{self.method} {target} HTTP/{version}"]
        for name, value in fields:
            name = random.choice([name, name, name.lower(), name.upper()])
            lines.append(f"{name}:{random.choice([' ', '', '  ', chr(9)])}{value}{random.choice(['', '', ' '])}")
        self.head = "\r\n".join(lines + ["", ""]).encode("latin-1")
        self.body = body


def chunked(random, content):
    data, rest = b"", content
    while rest:
        size = random.randint(1, len(rest))
        name = random.choice(["%x", "%X", "00%x"]) % size
        data += name.encode() + random.choice([b"", b"", b";a", b";a=b", b';a="b c"']) + b"\r\n" + rest[:size] + b"\r\n"
        rest = rest[size:]
    trailers = random.choice([b"", b"", b"X-Trailer: a\r\n"])
    return data + b"0\r\n" + trailers + b"\r\n"


def pieces(random, data):
    """The data in one or several pieces, and a pause behind each."""
    if random.random() < 0.5:
        return [(data, 0)]
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice([1, 2, 5])))
    return [
        (data[start:end], random.choice([0, 0, 0.001, 0.01]))
        for start, end in zip([0] + cuts, cuts + [len(data)]) if end > start]


def mutate(random, data):
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4])):
        place = random.randrange(len(data) + 1)
        kind = random.randrange(8)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << random.randrange(8)
        elif kind == 1:
            size = random.randint(1, 4)
            data[place:place] = bytes(random.choice(b"\0\t\n\r :;,%\"/\x7f\x80\xff") for _ in range(size))
        elif kind == 2:
            del data[place:place + random.choice([1, 2, 5, 50])]
        elif kind == 3:
            data[place:place] = data[place:place + random.choice([1, 10, 100])]
        elif kind == 4:
            del data[place:]
        elif kind == 5:
            data[place:place] = random.choice(SPLICES)
        else:
            # Where fields are.
            ends = [match.end() for match in re.finditer(b"\r\n", bytes(data))] or [0]
            place = random.choice(ends)
            data[place:place] = random.choice(SPLICES)
    return bytes(data)


class Stream:
    """What one connection sends, and what it gets."""

    def __init__(self, random):
        self.is_valid = random.random() < 0.4
        requests = [Request(random) for _ in range(random.choice([1, 1, 2, 3, 6]))]
        self.end = random.choices(["half", "open", "cut"], [80, 12, 8])[0]
        if self.is_valid:
            closing = [index for index, request in enumerate(requests) if request.closes]
            self.methods = [request.method for request in requests][:closing[0] + 1 if closing else None]
            self.closes = bool(closing)
            self.is_old = [request.is_old for request in requests]
            self.parts = []
            for request in requests:
                self.parts += pieces(random, request.head)
                if request.pauses:
                    self.parts.append((b"", 0.01))
                if request.body:
                    self.parts += pieces(random, request.body)
        else:
            data = mutate(random, b"".join(request.head + request.body for request in requests))
            self.parts = pieces(random, data) if data else []
        self.sent = b"".join(part for part, _ in self.parts)

    def run(self, port, bound):
        """Sends and receives.
        :raises Failure: what the server did wrong.
        """
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=bound) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            was_cut = False
            try:
                for data, pause in self.parts:
                    link.sendall(data)
                    if pause:
                        time.sleep(pause)
                if self.end == "half":
                    link.shutdown(socket.SHUT_WR)
            except OSError:
                # The server has answered and closed.
                was_cut = True
            was_slow = time.monotonic() - start > 1
            if self.end == "cut":
                return
            received = b""
            try:
                while data := link.recv(65_536):
                    received += data
                    if self.end == "open" and self.is_valid and not self.closes and self.is_answered(received):
                        # The connection stays, for the next request.
                        return
            except TimeoutError:
                raise Failure(f"neither answered nor closed in {bound} s, received {received[:2000]!r}") from None
            except ConnectionError:
                was_cut = True
        # A server that closes while bytes arrive resets the connection, and its response may be lost: it has to wait.
        if was_cut and not was_slow:
            raise Failure(f"the connection was reset, received {received[:2000]!r}")
        # On a busy machine a valid stream may be too slow for the server.
        self.check(received, was_cut, is_exact=self.is_valid and not was_slow)

    def is_answered(self, received):
        try:
            return len(read_responses(received, self.methods)) == len(self.methods)
        except Failure:
            return False

    def check(self, received, was_cut, is_exact):
        if not is_exact:
            read_any(received, was_cut, b"HEAD" in self.sent, b"pgrade" in self.sent)
            return
        responses = read_responses(received, self.methods)
        # RFC 9112, 9.6: a server may close the connection, and says so.
        announced = bool(responses) and "close" in responses[-1].getheader("connection", "").lower()
        if len(responses) != len(self.methods) and not announced:
            raise Failure(f"{len(responses)} responses to {len(self.methods)} requests: {received[:4000]!r}")
        for response, is_old in zip(responses, self.is_old):
            # RFC 9112, 6.1: a client of HTTP/1.0 knows no transfer codings.
            if is_old and response.getheader("transfer-encoding"):
                raise Failure(f"a transfer coding for HTTP/1.0: {received[:4000]!r}")
            if response.status >= 500 and response.status != 501:
                raise Failure(f"the status of a valid request is {response.status}")


def read_response(file, method):
    """One final response by http.client, which knows nothing of the server.
    :raises Failure: for what is no response, or not complete.
    """
    data, start = file.getvalue(), file.tell()
    if not re.match(rb"HTTP/1\.[01] [1-5][0-9][0-9] [^\r\n]*\r\n", data[start:start + 200]):
        raise Failure(f"this is no response: {data[start:start + 200]!r}")

    class Source:
        def makefile(self, mode):
            return file

    response = http.client.HTTPResponse(Source(), method=method)
    # The file is needed for the responses behind this one.
    response._close_conn = lambda: None
    try:
        response.begin()
        response.content = response.read()
    except (http.client.HTTPException, ValueError) as error:
        raise Failure(f"a response can't be read ({error!r}): {data[start:start + 2000]!r}") from None
    has_length, has_coding = (response.getheader(name) for name in ("content-length", "transfer-encoding"))
    if has_length and has_coding:
        raise Failure("a response has a length and a transfer coding")
    # RFC 9110, 8.6, and RFC 9112, 6.1.
    if response.status == 204 and (has_length or has_coding):
        raise Failure("a response without content has a length or a transfer coding")
    if response.msg.defects:
        raise Failure(f"a response has a malformed header ({response.msg.defects}): {data[start:start + 2000]!r}")
    # RFC 9110, 15.6.1: input must not cause an unexpected condition.
    if response.status == 500 or method == "CONNECT" and response.status < 300:
        raise Failure(f"the status {response.status} for {method}")
    return response


def read_responses(received, methods):
    """As many responses as there are, for requests of these methods."""
    file, responses = io.BytesIO(received), []
    while file.tell() < len(received):
        if len(responses) == len(methods):
            raise Failure(f"more than {len(methods)} responses: {received[-2000:]!r}")
        responses.append(read_response(file, methods[len(responses)]))
    return responses


def read_any(received, was_cut, may_be_head, may_upgrade):
    """Reads responses to requests that nobody knows: any may be one to HEAD if there may be such a request."""
    file = io.BytesIO(received)
    paths = [(0, 0)]
    failure = None
    while paths:
        place, count = paths.pop()
        if place == len(received):
            return
        for method in ["HEAD", "GET"] if may_be_head else ["GET"]:
            file.seek(place)
            try:
                response = read_response(file, method)
            except Failure as error:
                failure = error
                continue
            if response.status == 101 and may_upgrade:
                return
            if count < 100:
                paths.append((file.tell(), count + 1))
    # A connection that is reset may lose the end of a response.
    if not was_cut:
        raise failure or Failure("the responses can't be read")
