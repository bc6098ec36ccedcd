"""A function of Google Cloud on the toolkit's Python edition, served by Google's functions-framework.

    python cloud_function.py --port PORT

Serves the commands echo, nothing, fail and trace as actions `wire.<command>`.
"""
import os
import sys

import functions_framework
from pip_services4_commons import errors
from pip_services4_components.refer import Descriptor, References
from pip_services4_gcp.containers import CloudFunction
from pip_services4_gcp.controller import CommandableCloudFunctionController
from pip_services4_rpc.commands import Command, CommandSet, ICommandable

ERRORS = {
    "Internal": errors.InternalException, "BadRequest": errors.BadRequestException,
    "Unauthorized": errors.UnauthorizedException, "NotFound": errors.NotFoundException,
    "Conflict": errors.ConflictException, "InvalidState": errors.InvalidStateException,
}


def trace_id(context):
    return context if context is None or isinstance(context, str) else context.get("trace_id")


def fail(context, category):
    raise ERRORS[category](trace_id(context), "TEST_CODE", "Test message é").with_details("key", "value")


class WireService(ICommandable):
    def get_command_set(self):
        commands = CommandSet()
        for name, action in (
                ("echo", lambda context, args: {name: args[name] for name in args if name != "cmd"}),
                ("nothing", lambda context, args: None),
                ("fail", lambda context, args: fail(context, args.get("category"))),
                ("trace", lambda context, args: {"trace_id": trace_id(context)})):
            commands.add_command(Command(name, None, action))
        return commands


class WireController(CommandableCloudFunctionController):
    def __init__(self):
        super().__init__("wire")
        self._dependency_resolver.put("service", Descriptor("wire", "service", "*", "*", "*"))


class WireFunction(CloudFunction):
    def open(self, context):
        controller = WireController()
        self._references.put(Descriptor("wire", "service", "default", "default", "1.0"), WireService())
        self._references.put(Descriptor("wire", "controller", "cloudfunc", "default", "1.0"), controller)
        controller.set_references(self._references)
        controller.open(context)
        self._register_services()


def wire(request):
    return FUNCTION._execute(request)


def main():
    port = int(sys.argv[sys.argv.index("--port") + 1])
    app = functions_framework.create_app(target="wire", source=os.path.abspath(__file__), signature_type="http")
    app.run(host="127.0.0.1", port=port, threaded=True)


if __name__ == "__main__":
    main()
else:
    # Loaded by the framework.
    FUNCTION = WireFunction("wire", "The commands of the wire tests")
    FUNCTION._references = References()
    FUNCTION.open(None)
