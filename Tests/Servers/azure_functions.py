"""The Functions host of Azure for tests: it calls a custom handler as the host does.

    azure_functions.py --port PORT --app FOLDER [--handler PORT | --executable FILE | --root DIR] [--key KEY]

FOLDER has host.json and a folder with function.json for each function. The handler is the process that host.json names, or
FILE in its place, or a server that listens already; with DIR, which has the app at home/site/wwwroot, it has no other
files. HTTP requests need the key (x-functions-key, or `code` in the query),
unless the function is anonymous. POST /admin/functions/NAME with {"input": ...} fires another trigger, as with the real
host, and answers what the bindings of the function got; a failed event is tried `maxDequeueCount` times.

azure-functions, the library of Microsoft for functions in Python, has the formats of bindings and of their values.
"""
import argparse
import ctypes
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler

import azure.functions as functions
from azure.functions import meta

from aws import Server, read_body

NOW = "2026-01-02T03:04:05+00:00"


class BadApp(Exception):
    """What the host would refuse at its start."""


class Function:
    def __init__(self, folder, prefix):
        self.name = os.path.basename(folder)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,126}", self.name):
            raise BadApp(f"'{self.name}' is no name of a function")
        with open(os.path.join(folder, "function.json"), encoding="utf-8") as file:
            self.bindings = json.load(file)["bindings"]
        triggers = [b for b in self.bindings if b["type"].lower().endswith("trigger")]
        if len(triggers) != 1:
            raise BadApp(f"{self.name} has {len(triggers)} triggers")
        self.trigger = triggers[0]
        for binding in self.bindings:
            if meta.get_binding_registry().get(binding["type"]) is None:
                raise BadApp(f"{self.name} has a binding of the unknown type {binding['type']}")
            if binding["direction"] != ("out" if binding is not self.trigger else "in"):
                raise BadApp(f"{self.name} has a binding with the direction {binding['direction']}")
        self.outputs = [b for b in self.bindings if b["direction"] == "out"]
        self.is_http = self.trigger["type"] == "httpTrigger"
        self.is_only_http = self.is_http and [b["type"] for b in self.outputs] == ["http"]
        if self.is_http:
            self.check_as_library()
            template = "/".join(part for part in (prefix, self.trigger.get("route", self.name)) if part)
            pattern = re.sub(r"\{([^}]*)\}", lambda m: "(.*)" if m[1].startswith("*") else "([^/]+)", template)
            self.pattern = re.compile("/" + pattern, re.IGNORECASE)

    def check_as_library(self):
        """The trigger is what azure-functions writes for the same function."""
        app = functions.FunctionApp()
        route = self.trigger.get("route")
        level = functions.AuthLevel[self.trigger["authLevel"].upper()]
        methods = [m.upper() for m in self.trigger["methods"]]
        decorated = app.route(route=route, methods=methods, auth_level=level, trigger_arg_name=self.trigger["name"])
        decorated(lambda req: None)
        written = json.loads(app.get_functions()[0].get_function_json())["bindings"][0]

        def lowered(value):
            return json.loads(json.dumps(value).lower())
        if lowered({**self.trigger, "methods": methods}) != lowered(written):
            raise BadApp(f"{self.name}: {self.trigger} is not {written}")


class Host:
    def __init__(self, options):
        with open(os.path.join(options.app, "host.json"), encoding="utf-8") as file:
            settings = json.load(file)
        if settings["version"] != "2.0":
            raise BadApp("the version of host.json is not 2.0")
        extensions = settings.get("extensions", {})
        prefix = extensions.get("http", {}).get("routePrefix", "api")
        self.attempts = extensions.get("queues", {}).get("maxDequeueCount", 5)
        self.key = options.key
        handler = settings["customHandler"]
        self.forwards = handler.get("enableForwardingHttpRequest", False)
        self.functions = [
            Function(os.path.join(options.app, name), prefix) for name in sorted(os.listdir(options.app))
            if os.path.exists(os.path.join(options.app, name, "function.json"))]
        if not self.functions:
            raise BadApp("there are no functions")
        self.process = None
        self.port = options.handler or self.start(options, handler["description"])

    def start(self, options, description):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        command = [options.executable or os.path.join(os.path.abspath(options.app), description["defaultExecutablePath"])]
        if options.root:
            place = "/home/site/wwwroot"
            command = ["unshare", f"--root={options.root}", f"--wd={place}", f"{place}/{description['defaultExecutablePath']}"]
        library = ctypes.CDLL(None)
        self.process = subprocess.Popen(
            command + description.get("arguments", []), cwd=options.app,
            env={**os.environ, "FUNCTIONS_CUSTOMHANDLER_PORT": str(port), "FUNCTIONS_HTTPWORKER_PORT": str(port)},
            preexec_fn=lambda: library.prctl(1, signal.SIGKILL))  # PR_SET_PDEATHSIG
        for _ in range(1200):
            if self.process.poll() is not None:
                raise BadApp(f"the handler ended with exit code {self.process.returncode}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.05)
        raise BadApp("the handler does not listen")

    def stop(self):
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(timeout=30)

    def send(self, method, target, headers, body):
        """Sends a request to the handler, with what the host adds."""
        added = {"X-Azure-Functions-HostVersion": "4.1048.200.1", "X-Azure-Functions-InvocationId": str(uuid.uuid4())}
        names = {name.lower() for name in added} | {"host", "content-length", "connection", "transfer-encoding"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in [*added.items(), *((n, v) for n, v in headers if n.lower() not in names)]:
            connection.putheader(name, value)
        connection.putheader("User-Agent", "Azure-Functions-Host/4.1048.200.1")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        result = response.status, response.getheaders(), response.read()
        connection.close()
        return result

    def invoke(self, function, data, metadata):
        """Sends an invocation; returns its outputs and its result, or None if it failed."""
        metadata = {**metadata, "sys": {"MethodName": function.name, "UtcNow": NOW, "RandGuid": str(uuid.uuid4())}}
        body = json.dumps({"Data": data, "Metadata": metadata}).encode()
        status, _, answer = self.send(
            "POST", f"/{function.name}", [("Content-Type", "application/json; charset=utf-8")], body)
        if not 200 <= status < 300:
            print(f"{function.name} failed with status {status}: {answer.decode(errors='replace')}", file=sys.stderr)
            return None
        result = json.loads(answer)
        if set(result) != {"Outputs", "Logs", "ReturnValue"} or not all(isinstance(line, str) for line in result["Logs"]):
            raise ValueError(f"{answer} is no result")
        return result["Outputs"], result["ReturnValue"]

    def fire(self, function, value):
        """Fires a trigger other than HTTP."""
        name, kind = function.trigger["name"], function.trigger["type"]
        for attempt in range(1, self.attempts + 1):
            metadata = {}
            if kind == "queueTrigger":
                metadata = {"DequeueCount": attempt, "Id": "1", "InsertionTime": NOW, "ExpirationTime": NOW,
                            "NextVisibleTime": NOW, "PopReceipt": "r"}
                text = value if isinstance(value, str) else json.dumps(value)
                datums = {key: meta.Datum(json.dumps(item), "json") for key, item in metadata.items()}
                message = meta.get_binding_registry().get(kind).decode(
                    meta.Datum(text, "string"), trigger_metadata=datums)
                data = json.dumps(message.get_body().decode())
            elif kind == "timerTrigger":
                timer = {"Schedule": {}, "ScheduleStatus": None, "IsPastDue": False}
                meta.get_binding_registry().get(kind).decode(meta.Datum(json.dumps(timer), "json"), trigger_metadata={})
                data = timer
            else:
                data = json.dumps(value)
            result = self.invoke(function, {name: data}, metadata)
            if result is not None:
                break
        else:
            return {"poison": value, "attempts": self.attempts}
        outputs, returned = result
        written = {}
        for binding in function.outputs:
            item = returned if binding["name"] == "$return" else outputs.get(binding["name"])
            if item is not None:
                item = item if isinstance(item, str) else json.dumps(item)
                datum = meta.get_binding_registry().get(binding["type"]).encode(item, expected_type=None)
                written[binding["name"]] = datum.value
        return {"returned": returned, "outputs": written, "attempts": attempt}


class Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    host = None

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        body = read_body(self)
        path, _, query = self.path.partition("?")
        parameters = urllib.parse.parse_qs(query, keep_blank_values=True)
        key = self.headers.get("x-functions-key") or parameters.get("code", [None])[0]
        if path.startswith("/admin/functions/"):
            if key != self.host.key:
                return self.answer(401)
            name = path.removeprefix("/admin/functions/")
            function = next((f for f in self.host.functions if f.name == name and not f.is_http), None)
            if function is None:
                return self.answer(404)
            result = self.host.fire(function, json.loads(body)["input"])
            return self.answer(202, [("Content-Type", "application/json")], json.dumps(result).encode())
        for function in self.host.functions:
            match = function.pattern.fullmatch(path) if function.is_http else None
            if match and self.command.lower() in [m.lower() for m in function.trigger["methods"]]:
                break
        else:
            return self.answer(404)
        if function.trigger["authLevel"].lower() != "anonymous" and key != self.host.key:
            return self.answer(401)
        if self.host.forwards and function.is_only_http:
            return self.answer(*self.host.send(self.command, self.path, self.headers.items(), body))
        return self.invoke(function, body, parameters, match)

    def invoke(self, function, body, parameters, match):
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name, []).append(value)
        query = {name: ",".join(values) for name, values in parameters.items()}
        request = {
            "Url": f"https://{self.headers['Host']}{self.path}", "Method": self.command, "Query": query,
            "Headers": headers, "Params": {str(i): part for i, part in enumerate(match.groups())}, "Identities": []}
        if body:
            request["Body"] = body.decode()
        result = self.host.invoke(function, {function.trigger["name"]: request}, {"Query": query, "Headers": headers})
        if result is None:
            return self.answer(500)
        output = result[0][next(b["name"] for b in function.outputs if b["type"] == "http")]
        if any(output.get(name) is None for name in ("statusCode", "status", "body", "headers")):
            raise ValueError(f"{output} is no output of HTTP")
        response = functions.HttpResponse(
            output["body"], status_code=int(output["statusCode"]), headers=output["headers"])
        encoded = meta.get_binding_registry().get("http").encode(response, expected_type=None).value
        fields = [(name, datum.value) for name, datum in encoded["headers"].items()]
        return self.answer(int(encoded["status_code"].value), fields, encoded["body"].value)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_request


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--app", required=True)
    parser.add_argument("--handler", type=int)
    parser.add_argument("--executable")
    parser.add_argument("--root")
    parser.add_argument("--key", default="test-key")
    options = parser.parse_args()
    try:
        Requests.host = Host(options)
    except BadApp as error:
        sys.exit(f"error: {error}")
    server = Server(("127.0.0.1", options.port), Requests)

    def end(*_):
        code = Requests.host.stop()
        os._exit(code)
    signal.signal(signal.SIGTERM, end)
    server.serve_forever()


if __name__ == "__main__":
    main()
