"""AWS's own client of the Lambda runtime handles two events of the stand-in: lambda_handler.py HOST:PORT"""
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

address = sys.argv[1]
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "app.py"), "w") as file:
    file.write("def handler(event, context):\n"
               "    if event.get('fail'):\n        raise ValueError('failed')\n"
               "    assert context.get_remaining_time_in_millis() > 0\n    return {'echo': event}\n")
environment = dict(os.environ, AWS_LAMBDA_RUNTIME_API=address, PYTHONPATH=os.pathsep.join((folder, os.path.join(sys.prefix, "aws"))), AWS_LAMBDA_FUNCTION_NAME="f",
                   AWS_LAMBDA_FUNCTION_VERSION="1", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128", AWS_LAMBDA_LOG_GROUP_NAME="g",
                   AWS_LAMBDA_LOG_STREAM_NAME="s", LAMBDA_TASK_ROOT=folder)
process = subprocess.Popen(
    [sys.executable, "-m", "awslambdaric", "app.handler"], env=environment, cwd=folder, stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL)
try:
    for event in ({"a": 1}, {"fail": True}):
        request = urllib.request.Request(
            f"http://{address}/2015-03-31/functions/f/invocations", json.dumps(event).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            result = json.load(response)
            print("RESULT", result["errorType"] if response.headers.get("X-Amz-Function-Error") else json.dumps(result))
finally:
    process.kill()
    process.wait()
