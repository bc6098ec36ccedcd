"""A service on the toolkit's Python edition, which the clients of this package call in the end-to-end tests.

    python wire_service.py PORT

Serves commands at POST /v1/wire/<command> and the routes under /v1/rest, and prints "READY" when it listens.
"""
import sys
import threading

import bottle
from pip_services4_commons import errors
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context
from pip_services4_components.refer import Descriptor, References
from pip_services4_data.query import FilterParams, PagingParams
from pip_services4_http.controller import CommandableHttpController, HttpEndpoint, RestController
from pip_services4_rpc.commands import Command, CommandSet, ICommandable

ERRORS = {
    "Unknown": errors.UnknownException, "Internal": errors.InternalException,
    "Misconfiguration": errors.ConfigException, "InvalidState": errors.InvalidStateException,
    "NoResponse": errors.ConnectionException, "FailedInvocation": errors.InvocationException,
    "FileError": errors.FileException, "BadRequest": errors.BadRequestException,
    "Unauthorized": errors.UnauthorizedException, "NotFound": errors.NotFoundException,
    "Conflict": errors.ConflictException, "Unsupported": errors.UnsupportedException,
}


def trace_id(context):
    # The controllers hand over a plain text where a context is expected.
    if context is None or isinstance(context, str):
        return context
    return context.get("trace_id")


def fail(context, category):
    if not category:
        raise RuntimeError("boom")
    error = ERRORS[category](trace_id(context), "TEST_CODE", "Test message é")
    raise error.with_details("key", "value")


class WireService(ICommandable):
    def get_command_set(self):
        commands = CommandSet()
        for name, action in (
                ("echo", lambda context, args: dict(args)),
                ("nothing", lambda context, args: None),
                ("fail", lambda context, args: fail(context, args.get("category"))),
                ("trace", lambda context, args: {"trace_id": trace_id(context)}),
                ("big", lambda context, args: {"text": "x" * args.get_as_integer("size")}),
                ("page", self.page)):
            commands.add_command(Command(name, None, action))
        return commands

    @staticmethod
    def page(context, args):
        filter = FilterParams.from_value(args.get("filter"))
        paging = PagingParams.from_value(args.get("paging"))
        return {"data": [{"key": filter.get_as_nullable_string("key")}],
                "total": paging.get_take(100) if paging.total else None, "skip": paging.get_skip(0)}


class WireController(CommandableHttpController):
    def __init__(self):
        super().__init__("v1/wire")
        self._dependency_resolver.put("service", Descriptor("wire", "service", "*", "*", "1.0"))

    def _instrument(self, context, name):
        # Repairs the same defect, which else turns every call with a trace id into an error.
        if isinstance(context, str):
            context = Context.from_trace_id(context)
        return super()._instrument(context, name)


class WireRestController(RestController):
    def __init__(self):
        super().__init__()
        self._base_route = "v1/rest"

    def register(self):
        self.register_route("get", "/items", None, self.items)
        self.register_route("get", "/items/<id>", None, lambda id: self.send_result(None if id == "none" else {"id": id}))
        self.register_route("post", "/items", None, lambda: self.send_created_result(bottle.request.json))
        self.register_route("delete", "/items/<id>", None, lambda id: self.send_deleted_result({"id": id}))
        self.register_route("get", "/fail/<category>", None, self.fail)

    def items(self):
        request = bottle.request
        return self.send_result({
            "query": {name: request.query.getunicode(name) for name in request.query},
            "trace_header": request.headers.get("trace_id"), "trace_id": self._get_trace_id(),
            "traceparent": request.headers.get("traceparent"), "timeout": request.headers.get("Request-Timeout-Ms")})

    def fail(self, category):
        try:
            fail("rest", category)
        except Exception as error:
            return self.send_error(error)


def main():
    references = References.from_tuples(Descriptor("wire", "service", "default", "default", "1.0"), WireService())
    endpoint = HttpEndpoint()
    endpoint.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", sys.argv[1]))
    references.put(Descriptor("pip-services", "endpoint", "http", "default", "1.0"), endpoint)
    controllers = [WireController(), WireRestController()]
    for controller in controllers:
        controller.configure(ConfigParams())
    for component in [endpoint] + controllers:
        component.set_references(references)
    endpoint.open(None)
    for controller in controllers:
        controller.open(None)
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
