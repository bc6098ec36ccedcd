"""Calls a wire service, in Python or in Swift, with the HTTP clients of the toolkit's Python edition, and fails where an
answer is not as it must be.

    python wire_client.py PORT python|swift

Where the Python edition's own service answers otherwise, this says so: it is what its clients live with.
"""
import datetime
import sys

from pip_services4_commons.convert import DateTimeConverter
from pip_services4_commons.errors import (ApplicationException, BadRequestException, ConfigException, ConflictException,
                                          ConnectionException, FileException, InternalException, InvalidStateException,
                                          InvocationException, NotFoundException, UnauthorizedException,
                                          UnknownException, UnsupportedException)
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context
from pip_services4_data.query import FilterParams, PagingParams
from pip_services4_http.clients import CommandableHttpClient, RestClient

ERRORS = {
    "Unknown": UnknownException, "Internal": InternalException, "Misconfiguration": ConfigException,
    "InvalidState": InvalidStateException, "NoResponse": ConnectionException, "FailedInvocation": InvocationException,
    "FileError": FileException, "BadRequest": BadRequestException, "Unauthorized": UnauthorizedException,
    "NotFound": NotFoundException, "Conflict": ConflictException, "Unsupported": UnsupportedException,
}
port, peer = int(sys.argv[1]), sys.argv[2]
context = Context.from_trace_id("abc-1")


def connect(client, place="query"):
    client.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", port,
        # The Python edition reads the bounds as seconds.
        "options.timeout", 60, "options.connect_timeout", 60, "options.trace_id_place", place))
    client.open(None)
    return client


class WireClient(CommandableHttpClient):
    def __init__(self):
        super().__init__("v1/wire")


class WireRestClient(RestClient):
    def __init__(self):
        super().__init__()
        self._base_route = "v1/rest"

    def call(self, method, route, params=None, data=None):
        return self._call(method, route, context, params, data)

    def query(self, filter, paging):
        return self._add_paging_params(self._add_filter_params({}, filter), paging)


def same(actual, expected):
    assert actual == expected, f"got {str(actual)[:500]!r}, expected {str(expected)[:500]!r}"


def fails(call):
    try:
        result = call()
    except ApplicationException as error:
        return error
    raise AssertionError(f"got {result!r}, expected an error")


def commands(client):
    def call(command, **arguments):
        return client.call_command(command, context, arguments)

    for value in ["Tür € 😀 \"q\"\n\x01", 2 ** 53 + 1, -2 ** 63 + 1, 2.5, True, [], [1, [None]],
                  {"a": {"b": {"c": "d"}}}, "2024-01-02T03:04:05.678Z", "é" * 100_000]:
        same(call("echo", value=value)["value"], value)
    same(len(call("big", size=1_048_576)["text"]), 1_048_576)
    same(call("nothing"), None)
    same(client.call_command("nothing", context, None), None)
    same(call("trace"), {"trace_id": "abc-1"})
    at = datetime.datetime(2024, 12, 31, 3, 4, 5, 678000, datetime.timezone.utc)
    dates = call("dates", at="2024-12-31T03:04:05.678Z")
    same(DateTimeConverter.to_datetime(dates["at"]), at)
    same(DateTimeConverter.to_datetime(dates["next"]), at + datetime.timedelta(days=1))
    page = call("page", filter=FilterParams.from_tuples("key", "k v"), paging=PagingParams(2, 7, True),
                sort=[{"name": "x", "ascending": True}])
    same((page["data"], page["total"], page["skip"]), ([{"key": "k v"}], 7, 2))
    same(page["sort"], [{"name": "x", "ascending": True}])
    same(call("page", filter=None, paging=None)["total"], None)


def errors(client, rest):
    for category, exception in ERRORS.items():
        for error in (fails(lambda: client.call_command("fail", context, {"category": category})),
                      fails(lambda: rest.call("get", "fail/" + category))):
            # Code and message of these are lost in the client itself.
            if category == "InvalidState":
                continue
            assert isinstance(error, exception), f"{type(error)} is no {exception}"
            same((error.category, error.code, error.message), (category, "TEST_CODE", "Test message é"))
            same(error.details["key"], "value")
            if peer == "swift":
                same((error.status, error.trace_id), (exception().status, "abc-1"))
    same(fails(lambda: client.call_command("fail", context, {})).status, 500)
    unknown = fails(lambda: client.call_command("no_such_command", context, {}))
    if peer == "swift":
        same((type(unknown), unknown.code), (BadRequestException, "CMD_NOT_FOUND"))


def routes(rest, both):
    for client, header in ((rest, None), (both, "abc-1")):
        seen = client.call("get", "items", {"key": "a&b é", "skip": 1})
        same(seen["query"], {"key": "a&b é", "skip": "1", "trace_id": "abc-1"})
        same((seen["trace_id"], seen["trace_header"]), ("abc-1", header))
    listed = rest.call("get", "list", rest.query(FilterParams.from_tuples("key", "a b"), PagingParams(3, 5, True)))
    same(listed, {"filter": {"key": "a b"}, "skip": 3, "take": 5, "total": True})
    same(rest.call("get", "list"), {"filter": {}, "skip": 0, "take": 100, "total": False})
    same(rest.call("get", "items/a b"), {"id": "a b"})
    same(rest.call("get", "items/none"), None)
    same(rest.call("post", "items", None, {"id": "n", "name": "é"}), {"id": "n", "name": "é"})
    same(rest.call("put", "items/7", None, {"name": "x"}), {"id": "7", "name": "x"})
    same(rest.call("delete", "items/1"), {"id": "1"})


def main():
    client, rest = connect(WireClient()), connect(WireRestClient())
    commands(client)
    errors(client, rest)
    routes(rest, connect(WireRestClient(), "both"))
    print("All calls answered as expected.")


if __name__ == "__main__":
    main()
