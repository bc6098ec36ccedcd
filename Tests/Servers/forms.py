"""Runs the same list of calls against Beacons in each of its forms, and compares the answers.

    forms.py EXECUTABLE [--image IMAGE] [--azure FOLDER]
    forms.py --record FILE URL

The forms are a process, a function of AWS Lambda, of Google Cloud and of Azure; with IMAGE, as `make image` makes it, also
an image in a root of its own; with FOLDER, as `make azure-function` makes it, Azure runs the packaged executable in a root of
its own (both need root). EXECUTABLE has the drivers for AWS and Azure. With --record, the answers of the service at URL go to
FILE.
"""
import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

SERVERS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(SERVERS))
KEY = "test-key"


def beacon(number, **changes):
    return {"id": f"form-{number}", "site_id": "forms", "type": "ibeacon", "udi": f"udi-{number}", "label": "Tür € 😀",
            "center": {"type": "Point", "coordinates": [number * 2.0, 1.5]}, "radius": 2.5, **changes}


# Commands by name and arguments, and requests by method, path and body.
CALLS = [
    ("create_beacon", {"beacon": beacon(1)}),
    ("create_beacon", {"beacon": beacon(2, type="")}),
    ("create_beacon", {"beacon": beacon(1)}),
    ("create_beacon", {"beacon": {"id": "bad"}}),
    ("get_beacons", {"filter": {"site_id": "forms"}, "paging": {"total": True}}),
    ("get_beacons", {"filter": {"site_id": "forms"}, "paging": {"skip": 1, "take": 1}}),
    ("get_beacon_by_id", {"beacon_id": "form-1"}),
    ("get_beacon_by_id", {"beacon_id": "none"}),
    ("get_beacon_by_id", {}),
    ("get_beacon_by_udi", {"udi": "udi-2"}),
    ("calculate_position", {"site_id": "forms", "udis": ["udi-1", "udi-2"]}),
    ("calculate_position", {"site_id": "forms", "udis": "no list"}),
    ("update_beacon", {"beacon": beacon(1, label="changed")}),
    ("GET", "/v1/beacons/form-1", None),
    ("GET", "/v1/sites/forms/beacons?total=true", None),
    ("POST", "/v1/beacons", beacon(3)),
    ("POST", "/v1/beacons", {"id": "bad"}),
    ("PUT", "/v1/beacons/form-3", beacon(3, label="changed")),
    ("GET", "/v1/beacons?site_id=forms&skip=2&total=true", None),
    ("POST", "/v1/beacons/get_beacon_by_id", {"beacon_id": "form-2"}),
    ("GET", "/v1/beacons/%C3%A9", None),
    ("GET", "/v1/none", None),
    ("DELETE", "/v1/beacons", None),
    ("DELETE", "/v1/beacons/form-3", None),
    ("delete_beacon_by_id", {"beacon_id": "form-1"}),
    ("delete_beacon_by_id", {"beacon_id": "form-2"}),
    ("get_beacons", {"filter": {"site_id": "forms"}, "paging": {"total": True}}),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def send(address, method, path, body=None, headers=()):
    connection = http.client.HTTPConnection(address, timeout=30)
    content = b"" if body is None else json.dumps(body).encode()
    connection.request(method, path, content, {"Content-Type": "application/json", **dict(headers)})
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response, response.status, json.loads(text) if text else None


class HTTPForm:
    """A service at an address, whose commands are routes."""
    headers = {}

    def __init__(self, address):
        self.address = address

    def command(self, name, arguments):
        return self.request("POST", f"/v1/beacons/{name}", arguments)

    def request(self, method, path, body):
        return send(self.address, method, path, body, self.headers)[1:]


class FunctionForm(HTTPForm):
    """A function that is called by HTTP: its commands are actions."""
    def __init__(self, address, path="/", headers=None):
        super().__init__(address)
        self.path, self.headers = path, headers or {}

    def command(self, name, arguments):
        return self.request("POST", self.path, {"cmd": f"beacons.{name}", **arguments})


class LambdaForm(HTTPForm):
    def invoke(self, event):
        response, _, value = send(self.address, "POST", "/2015-03-31/functions/f/invocations", event)
        return response.getheader("X-Amz-Function-Error"), value

    def command(self, name, arguments):
        failed, value = self.invoke({"cmd": name, **arguments})
        if failed:
            return value["status"], value
        return (204 if value is None else 200), value

    def request(self, method, path, body):
        path, _, query = path.partition("?")
        event = {
            "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {"content-type": "application/json"},
            "requestContext": {"stage": "$default", "http": {"method": method, "path": path}}, "isBase64Encoded": False}
        if body is not None:
            event["body"] = json.dumps(body)
        failed, answer = self.invoke(event)
        assert not failed, answer
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


def comparable(status, value):
    """The answer without what differs from call to call, and what Lambda adds to errors."""
    if status >= 400 and isinstance(value, dict):
        value = {name: value.get(name) for name in ("category", "code", "status", "message", "details")}
        if value["category"] is None:
            value = None
    return [status, value]


def answers(form):
    return [comparable(*(form.request(*call) if len(call) == 3 else form.command(*call))) for call in CALLS]


class Processes:
    """What is started, and ended together."""
    def __init__(self):
        self.running = []

    def start(self, command, variables, port=None, cwd=None):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "K_", "FUNCTIONS_"))}
        log = tempfile.TemporaryFile()
        process = subprocess.Popen(command, env={**inherited, **variables}, cwd=cwd, stdout=log, stderr=log)
        self.running.append((process, log))
        for _ in range(1200 if port else 0):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            if process.poll() is not None:
                break
            time.sleep(0.05)
        if port:
            raise AssertionError(f"{command} does not listen:\n{self.output(log)}")
        return process

    @staticmethod
    def output(log):
        log.seek(0)
        return log.read().decode(errors="replace")

    def end(self):
        """Ends all in order; each must end with exit code 0."""
        codes = []
        for process, log in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                codes.append((process.wait(timeout=30), process.args, log))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                codes.append(("none", process.args, log))
        self.running = []
        return [f"{args} ended with exit code {code}:\n{self.output(log)}" for code, args, log in codes
                if code not in (0, -signal.SIGTERM)]


def source(path):
    return os.path.join(ROOT, path)


CONFIG = source("Sources/Beacons/config/config.yml")


def process_form(processes, options):
    port = free_port()
    processes.start([options.executable, "--config", CONFIG], {"HTTP_PORT": str(port), "HTTP_HOST": "127.0.0.1"}, port)
    return answers(HTTPForm(f"127.0.0.1:{port}"))


def lambda_form(processes, options):
    port = free_port()
    processes.start([sys.executable, os.path.join(SERVERS, "lambda_runtime.py"), "--port", str(port)], {}, port)
    processes.start([options.executable], {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "CONFIG_PATH": CONFIG, "HTTP_PORT": "0", "HTTP_HOST": "127.0.0.1"})
    return answers(LambdaForm(f"127.0.0.1:{port}"))


def google_form(processes, options):
    port = free_port()
    processes.start(
        [options.executable, "--config", source("deploy/google-cloud/config.yml")],
        {"PORT": str(port), "K_SERVICE": "beacons"}, port)
    return answers(FunctionForm(f"127.0.0.1:{port}"))


def azure_form(processes, options):
    port = free_port()
    command = [sys.executable, os.path.join(SERVERS, "azure_functions.py"), "--port", str(port), "--key", KEY]
    if options.azure is None:
        command += ["--app", source("deploy/azure-functions"), "--executable", os.path.abspath(options.executable)]
        return azure_answers(processes, command, port)
    with tempfile.TemporaryDirectory() as root:
        place = os.path.join(root, "home/site/wwwroot")
        shutil.copytree(options.azure, place)
        # Swift's runtime reads it, and Azure has it too.
        proc = os.path.join(root, "proc")
        os.mkdir(proc)
        subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)
        try:
            return azure_answers(processes, command + ["--app", place, "--root", root], port)
        finally:
            problems = processes.end()
            subprocess.run(["umount", proc], check=True)
            assert not problems, "\n".join(problems)


def azure_answers(processes, command, port):
    processes.start(command, {}, port)
    address = f"127.0.0.1:{port}"
    for key in ("wrong", ""):
        refused = send(address, "POST", "/", {"cmd": "beacons.get_beacons"}, {"x-functions-key": key})[1:]
        assert refused == (401, None), f"the key {key!r} got {refused}"
    return answers(FunctionForm(address, "/api/beacons", {"x-functions-key": KEY}))


def image_form(processes, options):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "answers.json")
        subprocess.run(
            [source("scripts/test-image.sh"), options.image, sys.executable, os.path.abspath(__file__), "--record", file],
            check=True)
        with open(file, encoding="utf-8") as recorded:
            return json.load(recorded)


def run(form, options):
    processes = Processes()
    try:
        result = form(processes, options)
    except BaseException:
        for process, log in processes.running:
            print(f"{process.args}:\n{processes.output(log)}", file=sys.stderr)
        processes.end()
        raise
    problems = processes.end()
    assert not problems, "\n".join(problems)
    # As it is written and read again.
    return json.loads(json.dumps(result))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("executable")
    parser.add_argument("--image")
    parser.add_argument("--azure")
    parser.add_argument("--record")
    options = parser.parse_args()
    if options.record:
        with open(options.record, "w", encoding="utf-8") as file:
            json.dump(answers(HTTPForm(urllib.parse.urlsplit(options.executable).netloc)), file)
        return
    forms = [("process", process_form), ("AWS Lambda", lambda_form), ("Google Cloud", google_form), ("Azure", azure_form)]
    if options.image:
        forms.append(("image", image_form))
    expected = run(process_form, options)
    # The list reaches what it is meant to reach.
    assert [answer[0] for answer in expected[:6]] == [200, 200, 409, 400, 200, 200], expected
    differences = []
    for name, form in forms[1:]:
        for call, answer, wanted in zip(CALLS, run(form, options), expected, strict=True):
            if answer != wanted:
                differences.append(f"{name}, {call}:\n  {answer}\n  instead of {wanted}")
    if differences:
        sys.exit("\n".join(differences))
    print(f"{len(CALLS)} calls have the same answers in {len(forms)} forms: {', '.join(name for name, _ in forms)}.")


if __name__ == "__main__":
    main()
