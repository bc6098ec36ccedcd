"""Sends byte streams with fixed seeds to a server of HTTP, and checks what it sends back.

    fuzz_http.py <http1|http2> <port> [--cases N] [--seconds S] [--seed N] [--only CASE] [--bound S]

At least so many cases, for at least so many seconds. Every connection must be answered or closed within the bound, what
comes back must be what the RFCs allow, and a well-behaved client must be served all the time. A case that fails is
printed; --only repeats it. Exit code 1 if one fails. Serves `http1` without TLS and `http2` with TLS.
"""

import argparse
import http.client
import ssl

import fuzz

parser = argparse.ArgumentParser()
parser.add_argument("protocol", choices=["http1", "http2"])
parser.add_argument("port", type=int)
parser.add_argument("--cases", type=int, default=1000)
parser.add_argument("--seconds", type=float, default=0)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--only", type=int)
parser.add_argument("--bound", type=float, default=30)
arguments = parser.parse_args()
unverified = ssl._create_unverified_context()


def ask():
    if arguments.protocol == "http1":
        connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=arguments.bound)
    else:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", arguments.port, timeout=arguments.bound, context=unverified)
    connection.request("GET", "/heartbeat")
    status = connection.getresponse().status
    connection.close()
    return status


if arguments.protocol == "http1":
    from fuzz_http1 import Stream
else:
    from fuzz_http2 import Stream
# Handshakes take long in a build for tests.
fuzz.run(arguments.protocol, Stream, arguments, ask, 0.05 if arguments.protocol == "http1" else 0.3)
