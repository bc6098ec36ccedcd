"""Drives Chromium by the DevTools protocol over a pipe: opens a page, carries out steps, and prints what they give.

    browser.py <executable> <address> <steps> [<screenshot> [dark]]

The steps are a JSON list of scripts that run in the page one after the other; what each gives (a promise is awaited) is
printed as a JSON list, followed by what the page has reported: errors, and requests to elsewhere.
Nothing outside of Python's standard library is needed.
"""

import base64
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

DEADLINE = time.monotonic() + 100


class Browser:
    def __init__(self, executable, folder):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        # The browser looks for its pipe at the descriptors 3 and 4.
        def arrange():
            for old, new in ((to_browser, 100), (from_browser, 101), (100, 3), (101, 4)):
                os.dup2(old, new)

        self.process = subprocess.Popen(
            [executable, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--no-first-run", "--window-size=1100,1300",
             "--remote-debugging-pipe", "--user-data-dir=" + folder, "about:blank"],
            preexec_fn=arrange, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.serial = 0
        self.events = []
        self.session = None

    def receive(self):
        while b"\0" not in self.buffer:
            left = DEADLINE - time.monotonic()
            if left <= 0 or not select.select([self.input], [], [], left)[0]:
                raise SystemExit("the browser did not answer in time")
            data = os.read(self.input, 65536)
            if not data:
                raise SystemExit("the browser has ended: " + str(self.process.poll()))
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.serial += 1
        message = {"id": self.serial, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.serial:
                if "error" in answer:
                    raise SystemExit(method + ": " + json.dumps(answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(script + ": " + json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")


def reported(events, address):
    """What must not happen: errors, and requests to another place than the service."""
    found = []
    for event in events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            found.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["source"] == "security":
            found.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = urlsplit(parameters["request"]["url"])
            if url.scheme != "data" and url.netloc != urlsplit(address).netloc:
                found.append("requests " + parameters["request"]["url"])
    return found


def main():
    executable, address, steps = sys.argv[1:4]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(executable, folder)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                browser.call(domain + ".enable")
            if "dark" in sys.argv[5:]:
                browser.call("Emulation.setEmulatedMedia",
                             features=[{"name": "prefers-color-scheme", "value": "dark"}])
            browser.call("Page.navigate", url=address)
            while browser.run("location.href !== 'about:blank' && document.body?.dataset.state") != "ready":
                if time.monotonic() > DEADLINE:
                    raise SystemExit("the page was not ready in time")
                time.sleep(0.02)
            print(json.dumps([browser.run(step) for step in json.loads(steps)]))
            print(json.dumps(reported(browser.events, address)))
            if len(sys.argv) > 4:
                image = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
                with open(sys.argv[4], "wb") as file:
                    file.write(base64.b64decode(image))
        finally:
            browser.process.kill()
            browser.process.wait()


main()
