"""Signatures by botocore, AWS's own client for Python: what `make bench` compares ours with.

    python aws_signing.py SECONDS

Prints the nanoseconds that one signature takes, and the signature.
"""
import datetime
import os
import sys
import time

# Installed beside the other packages, see requirements-aws.txt.
sys.path.insert(0, os.path.join(sys.prefix, "aws"))

import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

now = datetime.datetime(2015, 8, 30, 12, 36, 0)
# The time of the signature, whatever the version of botocore calls to get it.
for name in ("get_current_datetime", "datetime"):
    if name == "get_current_datetime" and hasattr(botocore.auth, name):
        botocore.auth.get_current_datetime = lambda *arguments, **named: now
    elif name == "datetime" and hasattr(botocore.auth, "datetime"):
        class Fixed:
            datetime = type("datetime", (), {"utcnow": staticmethod(lambda: now)})
        botocore.auth.datetime = Fixed

signer = botocore.auth.SigV4Auth(
    Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "sqs", "us-east-1")
body = b'{"MessageBody":"' + b"x" * 1006 + b'"}'


def sign():
    request = AWSRequest(
        "POST", "https://sqs.us-east-1.amazonaws.com/", data=body,
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})
    signer.add_auth(request)
    return request.headers["Authorization"]


def measure(count):
    start = time.perf_counter_ns()
    for _ in range(count):
        sign()
    return (time.perf_counter_ns() - start) / count


per_call = measure(200)
per_call = measure(max(200, int(float(sys.argv[1]) * 1_000_000_000 / per_call)))
print("RESULT", per_call, sign().rsplit("Signature=", 1)[1])
