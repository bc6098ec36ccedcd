"""Runs a packaged function in a root file system with nothing but the package and /proc: lambda_package.py FOLDER ROUNDS

FOLDER is .build/lambda/package with Beacons. Calls it directly and by an event of API Gateway, ends it by SIGTERM, and
prints how long a cold start takes, from the start of the process to the response to the first event, in ms.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

folder, rounds = sys.argv[1], int(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))


def free_port():
    import socket
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def invoke(port, event):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/2015-03-31/functions/f/invocations", json.dumps(event).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.headers.get("X-Amz-Function-Error"), json.load(response)


port = free_port()
runtime = subprocess.Popen([sys.executable, os.path.join(here, "lambda_runtime.py"), "--port", str(port)])
root = tempfile.mkdtemp()
try:
    shutil.copytree(folder, os.path.join(root, "var/task"))
    # Swift's runtime reads it, and Lambda has it too.
    os.mkdir(os.path.join(root, "proc"))
    subprocess.run(["mount", "--bind", "/proc", os.path.join(root, "proc")], check=True)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/test/results", timeout=5).read()
            break
        except OSError:
            time.sleep(0.05)
    starts = []
    for _ in range(rounds):
        begin = time.perf_counter()
        process = subprocess.Popen(
            [shutil.which("chroot") or "/usr/sbin/chroot", root, "/var/task/bootstrap"],
            env={"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "CONFIG_PATH": "/var/task/config/config.yml"})
        beacon = {"site_id": "1", "type": "altbeacon", "udi": "0001", "label": "L",
                  "center": {"type": "Point", "coordinates": [0, 0]}, "radius": 50}
        failed, created = invoke(port, {"cmd": "create_beacon", "beacon": beacon})
        starts.append((time.perf_counter() - begin) * 1000)
        assert not failed, created
        failed, answer = invoke(port, {
            "version": "2.0", "rawPath": f"/v1/beacons/{created['id']}", "rawQueryString": "", "headers": {},
            "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/"}}})
        assert not failed and answer["statusCode"] == 200 and json.loads(answer["body"])["udi"] == "0001", answer
        failed, error = invoke(port, {"cmd": "unknown"})
        assert failed and error["code"] == "NO_ACTION", error
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
        assert code == 0, f"exit code {code}"
    print(f"RESULT cold start {sorted(starts)[len(starts) // 2]:.0f} ms")
finally:
    runtime.kill()
    runtime.wait()
    subprocess.run(["umount", os.path.join(root, "proc")], check=False)
    # Never through a mount that is still there.
    if not os.path.ismount(os.path.join(root, "proc")):
        shutil.rmtree(root)
