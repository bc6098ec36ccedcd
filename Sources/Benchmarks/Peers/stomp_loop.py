"""stomp.py as a baseline: stomp_loop.py PORT QUEUE send|receive SIZE IN_FLIGHT COUNT

Sends messages and waits for their receipts, or receives and acknowledges them. Prints how many in a second.
"""
import sys
import threading
import time
import stomp
port, queue, mode, size, in_flight, count = sys.argv[1:7]
size, in_flight, count = int(size), int(in_flight), int(count)
room = threading.Semaphore(in_flight)
done = threading.Event()
left = count


class Listener(stomp.ConnectionListener):
    def on_receipt(self, frame):
        global left
        if not frame.headers["receipt-id"].startswith("n"):
            return
        left -= 1
        room.release()
        if left == 0:
            done.set()

    def on_message(self, frame):
        connection.ack(frame.headers["ack"], receipt="n")


connection = stomp.Connection12([("127.0.0.1", int(port))], vhost="/")
connection.set_listener("", Listener())
connection.connect("guest", "guest", wait=True)
start = time.monotonic()
if mode == "send":
    body = "x" * size
    for number in range(count):
        room.acquire()
        connection.send(queue, body, receipt="n%d" % number)
else:
    connection.subscribe(
        destination=queue, id="1", ack="client-individual",
        headers={"activemq.prefetchSize": str(in_flight), "prefetch-count": str(in_flight)})
if not done.wait(120):
    sys.exit("messages are missing")
print("RATE", count / (time.monotonic() - start))
connection.disconnect()
