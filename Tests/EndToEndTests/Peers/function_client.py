"""Calls Beacons, a function of Google Cloud or of Azure, with the client of the toolkit's Python edition.

    python function_client.py PORT
    python function_client.py --azure EXECUTABLE    starts the function behind the stand-in for Azure
"""
import os
import sys

from pip_services4_commons.errors import ApplicationException, BadRequestException, ConflictException
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context


def same(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


def fails(call, exception, code):
    try:
        result = call()
    except ApplicationException as error:
        assert isinstance(error, exception), f"{type(error)} is no {exception}: {error.message}"
        return same(error.code, code)
    raise AssertionError(f"got {result!r}, expected {exception}")


def google_client(port):
    from pip_services4_gcp.clients import CommandableCloudFunctionClient
    client = CommandableCloudFunctionClient("beacons")
    # The Python edition takes an address with dots for one of Google.
    client.configure(ConfigParams.from_tuples(
        "connection.uri", f"http://localhost:{port}/", "connection.protocol", "http"))
    return client


def azure_client(port, key):
    from pip_services4_azure.clients import CommandableAzureFunctionClient
    client = CommandableAzureFunctionClient("beacons")
    client.configure(ConfigParams.from_tuples(
        "connection.uri", f"http://127.0.0.1:{port}/api/beacons", "connection.protocol", "http",
        "connection.app_name", "app", "connection.function_name", "beacons", "credential.auth_code", key))
    return client


def start_azure(executable):
    """Starts the function; returns its port and its key."""
    servers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Servers")
    sys.path.insert(0, servers)
    sys.dont_write_bytecode = True
    import forms
    port = forms.free_port()
    processes = forms.Processes()
    processes.start(
        [sys.executable, os.path.join(servers, "azure_functions.py"), "--port", str(port), "--key", forms.KEY,
         "--app", forms.source("deploy/azure-functions"), "--executable", executable], {}, port)
    return processes, port, forms.KEY


def main():
    if sys.argv[1] != "--azure":
        return run(google_client(sys.argv[1]))
    processes, port, key = start_azure(sys.argv[2])
    try:
        run(azure_client(port, key))
        client = azure_client(port, "wrong")
        client.open(None)
        # Azure's answer has no description, of which the Python edition makes an error of its own.
        error = client.call_command("beacons.get_beacons", None, {})
        assert isinstance(error, Exception), f"a wrong key got {error!r}"
    finally:
        problems = processes.end()
    assert not problems, problems


def run(client):
    client.open(None)
    context = Context.from_trace_id("python")

    def call(command, **arguments):
        # In the Python edition, the name of the controller is part of the command.
        result = client.call_command("beacons." + command, context, arguments)
        # For Azure, it returns errors.
        if isinstance(result, Exception):
            raise result
        return result

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
