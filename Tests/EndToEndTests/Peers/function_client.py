"""Calls Beacons, a function of Google Cloud, with the client of the toolkit's Python edition.

    python function_client.py PORT
"""
import sys

from pip_services4_commons.errors import ApplicationException, BadRequestException, ConflictException
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context
from pip_services4_gcp.clients import CommandableCloudFunctionClient


def same(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


def fails(call, exception, code):
    try:
        result = call()
    except ApplicationException as error:
        assert isinstance(error, exception), f"{type(error)} is no {exception}: {error.message}"
        return same(error.code, code)
    raise AssertionError(f"got {result!r}, expected {exception}")


def main():
    client = CommandableCloudFunctionClient("beacons")
    # The Python edition takes an address with dots for one of Google.
    client.configure(ConfigParams.from_tuples(
        "connection.uri", f"http://localhost:{sys.argv[1]}/", "connection.protocol", "http"))
    client.open(None)
    context = Context.from_trace_id("python")

    def call(command, **arguments):
        # In the Python edition, the name of the controller is part of the command.
        return client.call_command("beacons." + command, context, arguments)

    beacon = {"id": "1", "site_id": "s", "type": "ibeacon", "udi": "0001", "label": "Tür € 😀",
              "center": {"type": "Point", "coordinates": [0.5, -1]}, "radius": 2.5}
    same(call("create_beacon", beacon=beacon), beacon)
    same(call("get_beacon_by_id", beacon_id="1"), beacon)
    same(call("get_beacon_by_udi", udi="none"), None)
    page = call("get_beacons", paging={"total": True})
    same((page["data"], page["total"]), ([beacon], 1))
    fails(lambda: call("create_beacon", beacon=beacon), ConflictException, "ALREADY_EXISTS")
    fails(lambda: call("get_beacon_by_id"), BadRequestException, "INVALID_DATA")
    fails(lambda: call("no_such_command"), BadRequestException, "NO_ACTION")
    same(call("delete_beacon_by_id", beacon_id="1"), beacon)
    print("All calls answered as expected.")


main()
