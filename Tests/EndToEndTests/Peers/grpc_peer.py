"""The other end of the tests of gRPC: grpcio, which nobody here wrote, and the toolkit's Python edition.

    python grpc_peer.py client PORT     calls the commands, the custom service, health and reflection of a server
    python grpc_peer.py edition PORT    calls the commands with the client of the Python edition
    python grpc_peer.py server          serves both services with grpcio, and prints its port
    python grpc_peer.py edition-server [PORT]  serves commands with the controller of the Python edition, and prints its port
"""
import json
import socket
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from pip_services4_grpc.protos import commandable_pb2, commandable_pb2_grpc

STATUSES = {
    "Unknown": (500, grpc.StatusCode.UNKNOWN), "Internal": (500, grpc.StatusCode.INTERNAL),
    "Misconfiguration": (500, grpc.StatusCode.INTERNAL), "InvalidState": (500, grpc.StatusCode.FAILED_PRECONDITION),
    "FailedInvocation": (500, grpc.StatusCode.INTERNAL), "FileError": (500, grpc.StatusCode.INTERNAL),
    "BadRequest": (400, grpc.StatusCode.INVALID_ARGUMENT), "Unauthorized": (401, grpc.StatusCode.UNAUTHENTICATED),
    "NotFound": (404, grpc.StatusCode.NOT_FOUND), "Conflict": (409, grpc.StatusCode.ABORTED),
    "TooManyRequests": (429, grpc.StatusCode.RESOURCE_EXHAUSTED), "Unsupported": (500, grpc.StatusCode.UNIMPLEMENTED),
}


def same(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


def status_of(call):
    try:
        result = call()
    except grpc.RpcError as error:
        return error
    raise AssertionError(f"got {result!r}, expected a status")


# MARK: grpcio as a client

class Commands:
    def __init__(self, channel):
        self.stub = commandable_pb2_grpc.CommandableStub(channel)

    def invoke(self, command, arguments=None, trace_id="", **options):
        request = commandable_pb2.InvokeRequest(
            method=f"dummy.{command}", trace_id=trace_id, args_empty=arguments is None,
            args_json="" if arguments is None else json.dumps(arguments))
        return self.stub.invoke(request, timeout=options.pop("timeout", 30), **options)

    def result(self, command, arguments=None, **options):
        reply = self.invoke(command, arguments, **options)
        assert not reply.HasField("error"), reply.error
        return None if reply.result_empty else json.loads(reply.result_json)


def client(port):
    limits = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=limits) as channel:
        commands(Commands(channel))
        custom(channel)
        probes(channel)
    print("All calls answered as expected.")


def commands(client):
    value = {"text": "Zürich 東京 👩‍👩‍👧 \0\n", "number": 1.5, "list": [1, None, True]}
    same(client.result("echo", value), value)
    same(client.result("nothing"), None)
    same(client.result("get_one", {"id": "none"}), None)
    same(client.result("number"), 5)
    same(client.result("trace", trace_id="t-1"), {"trace_id": "t-1"})
    same(client.result("trace", metadata=[("trace_id", "m-1")]), {"trace_id": "m-1"})
    request = commandable_pb2.InvokeRequest(method="dummy.number", args_empty=True)
    _, call = client.stub.invoke.with_call(request, timeout=30, metadata=[("trace_id", "m-2")])
    same(dict(call.initial_metadata()).get("trace_id"), "m-2")
    long = "ü" * 524_288
    same(client.result("echo", {"text": long}), {"text": long})
    for category, (status, _) in STATUSES.items():
        error = client.invoke("fail", {"category": category}, trace_id="t-2").error
        same((error.category, error.code, error.status, error.message, error.trace_id, dict(error.details)),
             (category, "TEST_CODE", status, "Test message", "t-2", {"key": "value"}))
    error = client.invoke("nobody", trace_id="t-3").error
    same((error.category, error.code, error.trace_id), ("FailedInvocation", "METHOD_NOT_FOUND", "t-3"))
    reply = client.stub.invoke(commandable_pb2.InvokeRequest(method="dummy.echo", args_json="{\"a\":"), timeout=30)
    same(reply.error.category, "BadRequest")
    # A time limit that passes, and a call that is cancelled.
    same(status_of(lambda: client.invoke("wait", timeout=0.3)).code(), grpc.StatusCode.DEADLINE_EXCEEDED)
    call = client.stub.invoke.future(commandable_pb2.InvokeRequest(method="dummy.wait"), timeout=30)
    time.sleep(0.3)
    call.cancel()
    assert call.cancelled()
    # A thousand calls on one connection.
    calls = [client.stub.invoke.future(
        commandable_pb2.InvokeRequest(method="dummy.echo", args_json=json.dumps({"n": n})), timeout=60)
        for n in range(1000)]
    same([json.loads(call.result().result_json)["n"] for call in calls], list(range(1000)))


def custom(channel):
    """Messages are made of what reflection tells: there is no generated code of this service here."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("dummies.Dummies")

    def message(name):
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"dummies.{name}"))

    Id, Dummy, Count = message("DummyId"), message("Dummy"), message("DummyCount")
    same(sorted(method.name for method in service.methods), ["CreateDummies", "Echo", "GetDummy", "ListDummies"])

    def path(name):
        return f"/dummies.Dummies/{name}"

    def code(type):
        return {"request_serializer": lambda value: value.SerializeToString(), "response_deserializer": type.FromString}

    get = channel.unary_unary(path("GetDummy"), **code(Dummy))
    same(get(Id(dummy_id="7"), timeout=30).id, "7")
    create = channel.stream_unary(path("CreateDummies"), **code(Count))
    same(create((Dummy(id=str(number)) for number in range(100)), timeout=30).count, 100)
    listing = channel.unary_stream(path("ListDummies"), **code(Dummy))
    same([dummy.id for dummy in listing(Count(count=50), timeout=30)], [str(number) for number in range(50)])
    echo = channel.stream_stream(path("Echo"), **code(Dummy))
    payload = bytes(100_000)
    same([len(dummy.payload) for dummy in echo((Dummy(payload=payload) for _ in range(10)), timeout=30)],
         [100_000] * 10)
    for category, (status, expected) in STATUSES.items():
        error = status_of(lambda: get(Id(dummy_id=f"{category}!"), timeout=30))
        same((error.code(), error.details()), (expected, "Größe: 大"))
        same(described(error), (category, "TEST_CODE", status, {"key": "value", "number": "5"}))
    same(status_of(lambda: get(Id(), timeout=30)).code(), grpc.StatusCode.INVALID_ARGUMENT)
    nobody = channel.unary_unary("/dummies.Dummies/Nobody", **code(Dummy))
    same(status_of(lambda: nobody(Id(), timeout=30)).code(), grpc.StatusCode.UNIMPLEMENTED)
    # The longest time that can be written down.
    same(get(Id(dummy_id="7"), timeout=1e9).id, "7")
    # A stream that the client leaves.
    stream = listing(Count(count=-1), timeout=30)
    time.sleep(0.2)
    stream.cancel()


def described(error):
    """The toolkit's error in the details of a status."""
    from google.rpc import status_pb2
    found = dict(error.trailing_metadata())["grpc-status-details-bin"]
    detail = status_pb2.Status.FromString(found).details[0]
    description = commandable_pb2.ErrorDescription()
    assert detail.Unpack(description)
    return description.category, description.code, description.status, dict(description.details)


def probes(channel):
    health = health_pb2_grpc.HealthStub(channel)
    same(health.Check(health_pb2.HealthCheckRequest(), timeout=30).status, health_pb2.HealthCheckResponse.SERVING)
    for service in ["commandable.Commandable", "dummies.Dummies"]:
        request = health_pb2.HealthCheckRequest(service=service)
        same(health.Check(request, timeout=30).status, health_pb2.HealthCheckResponse.SERVING)
    nobody = health_pb2.HealthCheckRequest(service="nobody")
    same(status_of(lambda: health.Check(nobody, timeout=30)).code(), grpc.StatusCode.NOT_FOUND)
    watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=30)
    same(next(watch).status, health_pb2.HealthCheckResponse.SERVING)
    watch.cancel()
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    for service in ["commandable.Commandable", "dummies.Dummies", "grpc.health.v1.Health"]:
        assert service in services, services


# MARK: The client of the Python edition

def edition(port):
    from pip_services4_commons.errors import ApplicationException
    from pip_services4_components.config import ConfigParams
    from pip_services4_components.context import Context
    from pip_services4_grpc.clients import CommandableGrpcClient

    caller = CommandableGrpcClient("dummy")
    caller.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", port))
    caller.open(None)
    context = Context.from_trace_id("python")
    try:
        same(caller.call_command("get_one", context, {"id": "Zürich 東京"}).id, "Zürich 東京")
        same(caller.call_command("get_one", context, {"id": "none"}), None)
        same(caller.call_command("nothing", context, {}), None)
        page = caller.call_command("page", context, {})
        same((page.total, page.data[0].id), (1, "1"))
        same(caller.call_command("trace", context, {}).trace_id, "python")
        for category, (status, _) in STATUSES.items():
            try:
                caller.call_command("fail", context, {"category": category})
                raise AssertionError(f"{category} is expected")
            except ApplicationException as error:
                same((error.category, error.status), (category, status))
                # The edition restores no more of these two.
                if category not in ("InvalidState", "TooManyRequests"):
                    same((error.code, error.message), ("TEST_CODE", "Test message"))
    finally:
        caller.close(None)
    print("All calls answered as expected.")


# MARK: grpcio as a server

class Servicer(commandable_pb2_grpc.CommandableServicer):
    def invoke(self, request, context):
        command = request.method.split(".")[-1]
        arguments = json.loads(request.args_json) if request.args_json else {}
        if command == "echo":
            return commandable_pb2.InvokeReply(result_json=json.dumps(arguments))
        if command == "null":
            return commandable_pb2.InvokeReply(result_empty=False, result_json="null")
        if command == "nothing":
            return commandable_pb2.InvokeReply(result_empty=True)
        if command == "context":
            metadata = dict(context.invocation_metadata())
            return commandable_pb2.InvokeReply(result_json=json.dumps({
                "trace_id": request.trace_id, "field": metadata.get("trace_id", ""),
                "traceparent": metadata.get("traceparent", ""), "left": context.time_remaining()}))
        if command == "fail":
            status, _ = STATUSES[arguments["category"]]
            return commandable_pb2.InvokeReply(error=commandable_pb2.ErrorDescription(
                category=arguments["category"], code="TEST_CODE", status=status, message="Größe: 大",
                trace_id="theirs", cause="a cause", details={"key": "value"}), result_empty=True)
        if command == "status":
            context.abort(getattr(grpc.StatusCode, arguments["code"]), "Größe: 大")
        if command == "garbage":
            return commandable_pb2.InvokeReply(result_json="{")
        if command == "wait":
            ended = threading.Event()
            context.add_callback(ended.set)
            ended.wait(30)
            return commandable_pb2.InvokeReply()
        if command == "die":
            import os
            os._exit(1)
        raise KeyError(request.method)


class Cardinality(grpc.GenericRpcHandler):
    """A method with one reply that sends none, or two."""

    def service(self, details):
        if details.method == "/dummies.Dummies/GetDummy":
            return grpc.unary_stream_rpc_method_handler(lambda request, _: iter([b""] * (2 if b"two" in request else 0)))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server():
    limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    serving = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=limits)
    commandable_pb2_grpc.add_CommandableServicer_to_server(Servicer(), serving)
    serving.add_generic_rpc_handlers((Cardinality(),))
    port = serving.add_insecure_port("127.0.0.1:0")
    serving.start()
    print(f"port {port}", flush=True)
    serving.wait_for_termination()


# MARK: The controller of the Python edition

def edition_server(port=None):
    from pip_services4_commons.errors import ApplicationException
    from pip_services4_components.config import ConfigParams
    from pip_services4_components.refer import Descriptor, References
    from pip_services4_data.validate import ObjectSchema
    from pip_services4_commons.convert import TypeCode
    from pip_services4_grpc.controllers import CommandableGrpcController
    from pip_services4_rpc.commands import Command, CommandSet, ICommandable

    def fail(context, arguments):
        error = ApplicationException(arguments.get("category"), None, "TEST_CODE", "Test message")
        error.status = STATUSES[arguments.get("category")][0]
        error.details = {"key": "value"}
        raise error

    class Service(ICommandable):
        def get_command_set(self):
            commands = CommandSet()
            schema = ObjectSchema(True).with_required_property("id", TypeCode.String)
            for name, rule, action in [
                ("echo", None, lambda _, arguments: dict(arguments)),
                ("get_one", schema, lambda _, arguments: {"id": arguments.get("id")}),
                ("nothing", None, lambda _, arguments: None), ("fail", None, fail),
            ]:
                commands.add_command(Command(name, rule, action))
            return commands

    class Controller(CommandableGrpcController):
        def __init__(self):
            super().__init__("dummy")
            self._dependency_resolver.put("service", Descriptor("test", "service", "*", "*", "*"))

    port = port or free_port()
    controller = Controller()
    controller.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", port))
    controller.set_references(References.from_tuples(
        Descriptor("test", "service", "default", "default", "1.0"), Service()))
    controller.open(None)
    print(f"port {port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    action, *arguments = sys.argv[1:]
    {"client": client, "edition": edition, "server": server, "edition-server": edition_server}[action](*arguments)
