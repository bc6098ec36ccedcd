"""The toolkit's Python edition calls a function: lambda_peer.py HOST:PORT"""
import os
import sys

# Installed beside the other packages, see requirements-aws.txt.
sys.path.insert(0, os.path.join(sys.prefix, "aws"))
os.environ["AWS_ENDPOINT_URL_LAMBDA"] = f"http://{sys.argv[1]}"

from pip_services4_aws.clients import CommandableLambdaClient  # noqa: E402
from pip_services4_components.config import ConfigParams  # noqa: E402

client = CommandableLambdaClient("named")
client.configure(ConfigParams.from_tuples(
    "connection.arn", "arn:aws:lambda:us-east-1:123456789012:function:f", "connection.region", "us-east-1",
    "credential.access_id", "AKIDEXAMPLE", "credential.access_key", "secret"))
client.open(None)
print("RESULT", client.call_command("greet", None, {"name": "Ann"}))
# This edition does not look whether the function failed: the error is its result.
print("RESULT", client.call_command("fail", None, {"id": "1"})["code"])
client.close(None)
