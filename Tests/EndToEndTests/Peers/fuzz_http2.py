"""Frames for a server of HTTP/2 over TLS, and what every server must make of them.

Valid connections are written by h2, which also checks what comes back: each stream gets a response. Mutated connections
break frames at random: what is sent back are frames, and then the connection is closed.
"""

import io
import socket
import ssl
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import hpack
import hyperframe.exceptions
import hyperframe.frame

from fuzz import Failure

tls = ssl._create_unverified_context()
tls.set_alpn_protocols(["h2"])
# The `transfer_timeout` of the server in seconds, after which it may end a stream; none ends before.
TRANSFER_TIMEOUT = 3
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"]
PATHS = ["/heartbeat", "/heartbeat?a=b", "/none", "/a%2Fb", "/%E2%82%AC", "/" + "a/" * 200]
ODD_FIELDS = [
    (":path", ""), (":path", "heartbeat"), (":method", ""), (":scheme", "ftp"), (":authority", "a b"),
    (":status", "200"),
    (":unknown", "a"), ("Upper", "case"), ("connection", "close"), ("transfer-encoding", "chunked"), ("te", "gzip"),
    ("upgrade", "h2c"), ("content-length", "7"), ("content-length", "-1"), ("host", "other"), ("", "no name"),
    ("a b", "c"), ("a", "b\r\nc: d"), ("a", "\0"), ("cookie", "c" * 20_000), ("expect", "100-continue")]


def frame(kind, flags, stream, data):
    return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + data


def odd_frame(random):
    """A frame that is wrong in most places."""
    kind = random.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x42])
    flags = random.choice([0, 1, 4, 5, 8, 0x20, 0x2D, 0xFF])
    stream = random.choice([0, 1, 1, 2, 3, 5, 99, 0x7FFFFFFF, 0xFFFFFFFF])
    size = random.choice([0, 1, 4, 5, 6, 8, 8, 100, 16_384])
    data = random.choice([bytes(size), b"\xff" * size, random.randbytes(size)])
    return frame(kind, flags, stream, data)


def headers(random, stream):
    """A request whose fields may be wrong."""
    fields = [(":method", random.choice(METHODS)), (":scheme", "https"), (":path", random.choice(PATHS))]
    fields.append((":authority", "localhost"))
    for _ in range(random.choice([0, 1, 1, 2])):
        fields.insert(random.randrange(len(fields) + 1), random.choice(ODD_FIELDS))
    if random.random() < 0.3:
        del fields[random.randrange(len(fields))]
    if random.random() < 0.2:
        fields.append(random.choice(fields))
    block = hpack.Encoder().encode(fields)
    if random.random() < 0.3:
        block = bytearray(block)
        block[random.randrange(len(block))] ^= 1 << random.randrange(8)
    block = bytes(block)
    if random.random() < 0.3:
        cut = random.randrange(len(block) + 1)
        rest = frame(9, random.choice([0, 4]), stream, block[cut:])
        return frame(1, random.choice([0, 1]), stream, block[:cut]) + rest
    return b"".join(
        frame(1, random.choice([4, 5]), stream, block[place:place + 16_384]) for place in range(0, len(block), 16_384))


def broken(random):
    """The pieces of a connection that is wrong."""
    start = random.choice([PREFACE] * 9 + [PREFACE[:-3], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b""])
    parts = [start + random.choice([frame(4, 0, 0, b"")] * 9 + [b"", odd_frame(random)])]
    stream = 1
    for _ in range(random.randint(1, 8)):
        kind = random.random()
        if kind < 0.5:
            part = headers(random, stream)
            stream += random.choice([2, 2, 2, 1, 0, 100])
        elif kind < 0.8:
            part = odd_frame(random)
        elif kind < 0.9:
            data = random.randbytes(random.choice([0, 1, 3000]))
            part = frame(0, random.choice([0, 1, 8, 9]), max(1, stream - 2), data)
        else:
            part = random.choice([frame(3, 0, max(1, stream - 2), bytes(4)), frame(6, 0, 0, bytes(8)), b"\0" * 9])
        if random.random() < 0.1:
            part = part[:random.randrange(len(part) + 1)]
        parts.append(part)
    return parts


class Stream:
    """What one connection sends, and what it gets."""

    def __init__(self, random):
        self.kind = random.choices(["valid", "broken", "no TLS"], [40, 55, 5])[0]
        self.random = random
        self.parts = broken(random) if self.kind == "broken" else []
        if self.kind == "no TLS":
            texts = [b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", random.randbytes(300)]
            self.parts = [random.choice(texts)]
        self.sent = b"".join(self.parts)
        self.end = random.choices(["half", "open", "cut"], [75, 10, 15])[0]

    def run(self, port, bound):
        """Sends and receives.
        :raises Failure: what the server did wrong.
        """
        with socket.create_connection(("127.0.0.1", port), timeout=bound) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = plain if self.kind == "no TLS" else tls.wrap_socket(plain)
            try:
                if self.kind == "valid":
                    self.converse(link, bound)
                else:
                    self.check(*self.exchange(link))
            except TimeoutError:
                raise Failure(f"neither answered nor closed in {bound} s") from None
            finally:
                link.close()

    def exchange(self, link):
        """Sends all; gives what comes back, and whether the connection was reset."""
        was_cut = False
        try:
            for part in self.parts:
                link.sendall(part)
                if self.random.random() < 0.2:
                    time.sleep(self.random.choice([0.001, 0.01]))
            if self.end == "half":
                # That of TLS would not let anything be received.
                socket.socket.shutdown(link, socket.SHUT_WR)
        except TimeoutError:
            raise
        except OSError:
            was_cut = True
        received = b""
        if self.end == "cut":
            return received, True
        try:
            while data := link.recv(65_536):
                received += data
        except TimeoutError:
            raise
        except OSError:
            was_cut = True
        return received, was_cut

    def check(self, received, was_cut):
        if self.kind == "no TLS":
            return
        if received.startswith(b"HTTP/1.1 "):
            # RFC 9113, 3.4, leaves open what the answer to another preface is.
            return
        place, decoder = 0, hpack.Decoder()
        while len(received) - place >= 9:
            try:
                found, length = hyperframe.frame.Frame.parse_frame_header(memoryview(received[place:place + 9]))
                body = received[place + 9:place + 9 + length]
                if len(body) < length:
                    break
                found.parse_body(memoryview(body))
                if isinstance(found, (hyperframe.frame.HeadersFrame, hyperframe.frame.ContinuationFrame)):
                    if "END_HEADERS" not in found.flags:
                        raise Failure("a header in several frames: not expected of small responses")
                    self.check_status(dict(decoder.decode(found.data)).get(":status"))
            except (hyperframe.exceptions.HyperframeError, hpack.HPACKError, ValueError) as error:
                raise Failure(f"a frame can't be read ({error!r}): {received[place:place + 100]!r}") from None
            place += 9 + length
        if place < len(received) and not was_cut:
            raise Failure(f"half a frame: {received[place:]!r}")

    @staticmethod
    def check_status(status):
        if status is not None and (not status.isdigit() or status == "500"):
            raise Failure(f"the status is {status}")

    def converse(self, link, bound):
        """A connection by the RFC: all streams that the client does not reset get a response."""
        random, sent = self.random, []
        connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))

        def flush(pause=0.0):
            data = connection.data_to_send()
            sent.append(data)
            self.sent = b"".join(sent)
            link.sendall(data)
            if pause:
                time.sleep(pause)

        start = time.monotonic()
        connection.initiate_connection()
        if random.random() < 0.3:
            size = random.choice([100, 1000, 1_000_000])
            connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: size})
        waiting = set()
        for _ in range(random.choice([1, 2, 5, 20])):
            stream, method = connection.get_next_available_stream_id(), random.choice(METHODS)
            fields = [(":method", method), (":scheme", "https"), (":authority", "localhost")]
            fields.append((":path", random.choice(PATHS)))
            fields += [(f"x-{number}", "v" * random.choice([0, 1, 200])) for number in range(random.choice([0, 1, 10]))]
            body = random.choice([b"", b"{}", b"x" * 1000]) if method in ("POST", "PUT") else None
            if body is not None and random.random() < 0.5:
                fields.append(("content-length", str(len(body))))
            connection.send_headers(stream, fields, end_stream=body is None)
            if random.random() < 0.2:
                flush(random.choice([0, 0.005]))
            if body is not None:
                padding = random.choice([None, 0, 10])
                connection.send_data(stream, body, end_stream=True, pad_length=padding)
            waiting.add(stream)
            if random.random() < 0.05:
                connection.reset_stream(stream)
                waiting.discard(stream)
            if random.random() < 0.1:
                connection.ping(random.randbytes(8))
        try:
            flush()
            while waiting:
                data = link.recv(65_536)
                if not data:
                    raise Failure(f"closed before the streams {sorted(waiting)} were answered")
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.ResponseReceived):
                        self.check_status(dict(event.headers).get(":status"))
                    elif isinstance(event, h2.events.DataReceived):
                        if event.flow_controlled_length:
                            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.StreamEnded):
                        waiting.discard(event.stream_id)
                    elif isinstance(event, h2.events.StreamReset) and time.monotonic() - start > TRANSFER_TIMEOUT:
                        # On a busy machine the client may read more slowly than the server allows.
                        waiting.discard(event.stream_id)
                    elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                        raise Failure(f"the server ended it: {event}")
                flush()
            if self.end != "cut":
                connection.close_connection()
                flush()
                socket.socket.shutdown(link, socket.SHUT_WR)
                while link.recv(65_536):
                    pass
        except h2.exceptions.ProtocolError as error:
            raise Failure(f"h2 refuses what the server sends: {error!r}") from None
        except TimeoutError:
            raise
        except OSError as error:
            # The end of TLS may be lost, as the client has closed.
            if waiting:
                raise Failure(f"cut before the streams {sorted(waiting)} were answered: {error!r}") from None
