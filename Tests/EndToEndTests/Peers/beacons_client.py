"""Calls Beacons with the HTTP clients of the toolkit's Python edition, and fails where an answer is not as it must be.

    python beacons_client.py PORT
"""
import sys

from pip_services4_commons.errors import (ApplicationException, BadRequestException, ConflictException)
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context
from pip_services4_data.query import FilterParams, PagingParams
from pip_services4_http.clients import CommandableHttpClient, RestClient


def connect(client, port):
    client.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", port,
        # The Python edition reads the bounds as seconds.
        "options.timeout", 30, "options.connect_timeout", 30))
    client.open(None)
    return client


class BeaconsClient(CommandableHttpClient):
    def __init__(self):
        super().__init__("v1/beacons")


class BeaconsRestClient(RestClient):
    def __init__(self):
        super().__init__()
        self._base_route = "v1"

    def call(self, method, route, params=None, data=None):
        return self._call(method, route, Context.from_trace_id("rest"), params, data)


def same(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


def fails(call, exception):
    try:
        result = call()
    except ApplicationException as error:
        assert isinstance(error, exception), f"{type(error)} is no {exception}: {error.message}"
        return error
    raise AssertionError(f"got {result!r}, expected {exception}")


def commands(client):
    context = Context.from_trace_id("python")

    def call(command, **arguments):
        return client.call_command(command, context, arguments)

    first = {"id": "1", "site_id": "s", "type": "ibeacon", "udi": "0001", "label": "Tür € 😀 \"q\"\n",
             "center": {"type": "Point", "coordinates": [0.5, -1]}, "radius": 2.5}
    same(call("create_beacon", beacon=first), first)
    second = call("create_beacon", beacon={"site_id": "s", "udi": "0002",
                                           "center": {"type": "Point", "coordinates": [1.5, 1]}})
    assert len(second["id"]) == 32, second
    same(second["type"], "unknown")

    # Null parameters are sent without a body.
    same(len(client.call_command("get_beacons", context, None)["data"]), 2)
    page = call("get_beacons", filter=FilterParams.from_tuples("site_id", "s"), paging=PagingParams(1, 1, True))
    same([beacon["id"] for beacon in page["data"]], [second["id"]])
    same(page["total"], 2)
    same(call("get_beacons", filter={"label": first["label"]}, paging=None)["data"], [first])

    same(call("get_beacon_by_id", beacon_id="1"), first)
    same(call("get_beacon_by_id", beacon_id="none"), None)
    same(call("get_beacon_by_udi", udi="0002"), second)
    same(call("calculate_position", site_id="s", udis=["0001", "0002"]), {"type": "Point", "coordinates": [1, 0]})
    same(call("calculate_position", site_id="s", udis=[]), None)
    same(call("update_beacon", beacon=dict(first, label=None))["udi"], "0001")
    same(call("update_beacon", beacon=dict(first, id="none")), None)

    error = fails(lambda: call("get_beacon_by_id"), BadRequestException)
    same((error.code, error.status, error.category, error.trace_id), ("INVALID_DATA", 400, "BadRequest", "python"))
    assert "beacon_id must not be null" in error.message, error.message
    error = fails(lambda: call("create_beacon", beacon=first), ConflictException)
    same((error.code, error.status, error.details["id"]), ("ALREADY_EXISTS", 409, "1"))
    same(fails(lambda: call("get_beacon"), BadRequestException).code, "CMD_NOT_FOUND")

    same(call("delete_beacon_by_id", beacon_id=second["id"])["udi"], "0002")
    same(call("delete_beacon_by_id", beacon_id=second["id"]), None)


def routes(client):
    same(client.call("GET", "beacons/1")["udi"], "0001")
    same(client.call("GET", "beacons/none"), None)
    same(client.call("POST", "beacons", data={"id": "r", "site_id": "r", "udi": "r"})["type"], "unknown")
    page = client.call("GET", "beacons", params={"site_id": "r", "skip": 0, "take": 5, "total": True})
    same((len(page["data"]), page["total"]), (1, 1))
    same(client.call("DELETE", "beacons/r")["id"], "r")
    error = fails(lambda: client.call("POST", "beacons", data={"udi": 5}), BadRequestException)
    same((error.code, error.trace_id), ("INVALID_DATA", "rest"))


def main():
    port = int(sys.argv[1])
    commands(connect(BeaconsClient(), port))
    routes(connect(BeaconsRestClient(), port))
    print("All calls answered as expected.")


if __name__ == "__main__":
    main()
