"""Signatures by azure-storage-queue, Azure's own client for Python: what `make bench` compares ours with.

    python azure_signing.py SECONDS

Prints the nanoseconds that one signature takes, and the signature.
"""
import sys
import time

from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.transport import HttpRequest
from azure.storage.queue._shared.authentication import SharedKeyCredentialPolicy

policy = SharedKeyCredentialPolicy(
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
body = b"<QueueMessage><MessageText>" + b"x" * 1024 + b"</MessageText></QueueMessage>"


def sign():
    request = HttpRequest(
        "POST", "https://devstoreaccount1.queue.core.windows.net/orders/messages?messagettl=-1", data=body,
        headers={"x-ms-version": "2021-12-02", "Content-Type": "application/xml", "Content-Length": str(len(body)),
                 "x-ms-date": "Tue, 14 Nov 2023 22:13:20 GMT"})
    policy.on_request(PipelineRequest(request, PipelineContext(None)))
    return request.headers["Authorization"]


def measure(count):
    start = time.perf_counter_ns()
    for _ in range(count):
        sign()
    return (time.perf_counter_ns() - start) / count


per_call = measure(200)
per_call = measure(max(200, int(float(sys.argv[1]) * 1_000_000_000 / per_call)))
print("RESULT", per_call, sign().rpartition(":")[2])
