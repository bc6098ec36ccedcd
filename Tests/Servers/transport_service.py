"""Peers for the tests of the curl connector's transports: TLS, client certificates, HTTP/2, a proxy, and one that never
accepts a connection.

    python transport_service.py FOLDER

Writes certificates of its own into FOLDER (ca.pem, client.pem, client.key), prints the ports as one line of JSON, and
then a line for each thing that a test may wait for. It knows just enough of HTTP/2 to count the streams of a connection:
it reads no header, and with TLS answers eight requests at once, the last one first, when all eight are there. Others
fail in the midst of an answer.

Its servers of HTTP/1.1 also are where one logs in: /token is a token, /keys what such are checked by, and /slow/keys the
same after six seconds, which is longer than services wait by default. /session tells whether the TLS session was resumed,
and ends the connection.
"""
import base64
import http.server
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

folder = sys.argv[1]
STREAMS = 8


def say(*words):
    # In one piece, since threads write at once.
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def path(name):
    return os.path.join(folder, name)


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], check=True, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def make_certificates():
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "2", "-subj", "/CN=Test CA")
    for name, extension in (("server", "subjectAltName=DNS:localhost"), ("client", "extendedKeyUsage=clientAuth")):
        openssl("req", *key, "-keyout", path(name + ".key"), "-out", path(name + ".csr"), "-subj", f"/CN={name}",
                "-addext", extension)
        openssl("x509", "-req", "-in", path(name + ".csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
                "-CAcreateserial", "-out", path(name + ".pem"), "-days", "2", "-copy_extensions", "copy")


def tls(needs_client=False, protocols=()):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path("server.pem"), path("server.key"))
    if needs_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(path("ca.pem"))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


login = threading.Lock()


def token_key():
    # Made when it is first asked for: that takes a while.
    with login:
        if not os.path.exists(path("token.key")):
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path("token.key"))
    return path("token.key")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def keys():
    modulus = openssl("rsa", "-in", token_key(), "-noout", "-modulus").decode().strip().partition("=")[2]
    return {"keys": [{"kty": "RSA", "use": "sig", "kid": "1", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}]}


def token():
    parts = [{"alg": "RS256", "kid": "1"}, {"sub": "ann", "exp": 4102444800}]
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    signature = openssl("dgst", "-sha256", "-sign", token_key(), data=text.encode())
    return {"token": f"{text}.{base64url(signature)}"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/token":
            return self.answer(token())
        if self.path == "/slow/keys":
            time.sleep(6)
        if self.path.endswith("/keys"):
            return self.answer(keys())
        if self.path == "/session":
            self.close_connection = True
            return self.answer({"resumed": self.connection.session_reused})
        certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        names = dict(part[0] for part in certificate["subject"]) if certificate else {}
        self.answer({"path": self.path, "client": names.get("commonName")})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    context = None

    def finish_request(self, request, address):
        # In the thread of the connection: one that does not go on must not stop the others.
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        super().finish_request(request, address)
        if self.context:
            request.close()

    def handle_error(self, request, address):
        pass


def serve_http(context):
    server = Server(("127.0.0.1", 0), Handler)
    server.context = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def serve(handle):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        number = 0
        while True:
            connection, _ = listener.accept()
            number += 1
            threading.Thread(target=guarded, args=(handle, connection, number), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def guarded(handle, connection, number):
    try:
        handle(connection, number)
    except (OSError, EOFError):
        pass
    finally:
        connection.close()


def read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


DATA, HEADERS, RESET, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def http2(connection, number, streams=1):
    try:
        serve_streams(connection, number, streams)
    finally:
        say("CLOSED", number)


def serve_streams(connection, number, streams):
    read(connection, 24)
    connection.sendall(frame(SETTINGS, 0, 0))
    waiting = []
    while True:
        head = read(connection, 9)
        length = int.from_bytes(head[:3], "big")
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
        payload = read(connection, length)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == RESET:
            # libcurl also resets streams that have had their answer.
            if stream in waiting:
                waiting.remove(stream)
                say("RESET")
        elif kind in (HEADERS, DATA) and flags & END_STREAM:
            waiting.append(stream)
            say("STREAM", number)
        if len(waiting) == streams:
            for other in reversed(waiting):
                # 0x88 is the status 200.
                connection.sendall(frame(HEADERS, END_HEADERS, other, b"\x88")
                                   + frame(DATA, END_STREAM, other, b'{"connection":%d}' % number))
            waiting = []


def http2_tls(connection, number):
    http2(context_h2.wrap_socket(connection, server_side=True), number, STREAMS)


FAULTS = ("dies", "resets", "leaves", "garbage", "hangs")
GOAWAY = 7


def faulty(fault):
    def handle(connection, _):
        connection = context_faults.wrap_socket(connection, server_side=True)
        say("FAULT", connection.selected_alpn_protocol())
        if connection.selected_alpn_protocol() == "h2":
            fail_stream(connection, fault)
        else:
            fail_answer(connection, fault)
        while fault == "hangs" and connection.recv(65536):
            pass

    return handle


def fail_answer(connection, fault):
    head = b""
    while b"\r\n\r\n" not in head:
        head += read(connection, 1)
    if fault == "garbage":
        connection.sendall(b"\xff" * 100 + b"\r\n\r\n")
    elif fault != "leaves":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    if fault == "resets":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def fail_stream(connection, fault):
    read(connection, 24)
    connection.sendall(frame(SETTINGS, 0, 0))
    kind = flags = None
    while kind != HEADERS or not flags & END_STREAM:
        head = read(connection, 9)
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big")
        read(connection, int.from_bytes(head[:3], "big"))
    start = frame(HEADERS, END_HEADERS, stream, b"\x88") + frame(DATA, 0, stream, b"abc")
    connection.sendall({
        "garbage": b"\xff" * 100, "leaves": frame(GOAWAY, 0, 0, struct.pack(">II", 0, 2)),
        "resets": start + frame(RESET, 0, stream, struct.pack(">I", 2))}.get(fault, start))


def pump(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def proxy(connection, _):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return
        head += piece
    lines = head.decode("latin1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    authorization = [line.split(" ")[-1] for line in lines if line.lower().startswith("proxy-authorization:")]
    say("PROXY", method, target, *authorization)
    host = target if method == "CONNECT" else target.split("/")[2]
    peer = socket.create_connection(("127.0.0.1", int(host.rsplit(":", 1)[1])))
    if method == "CONNECT":
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    else:
        lines[0] = "GET /" + target.split("/", 3)[3] + " HTTP/1.1"
        lines[1:1] = ["Connection: close"]
        peer.sendall("\r\n".join(lines).encode("latin1"))
    threading.Thread(target=pump, args=(connection, peer), daemon=True).start()
    pump(peer, connection)


def full():
    # Whoever connects beyond the queue is not answered at all.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    kept = []
    for _ in range(8):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        kept.append(client)
    keep.append((listener, kept))
    return listener.getsockname()[1]


keep = []
make_certificates()
context_h2 = tls(protocols=["h2"])
context_faults = tls(protocols=["h2", "http/1.1"])
say(json.dumps({
    "http": serve_http(None), "tls": serve_http(tls()), "mutual": serve_http(tls(needs_client=True)),
    "h2": serve(http2_tls), "h2c": serve(http2), "proxy": serve(proxy), "full": full(),
    "faults": {fault: serve(faulty(fault)) for fault in FAULTS}}))
say("READY")
threading.Event().wait()
