"""stomp.py, a client that others wrote: stomp_peer.py PORT QUEUE REPLIES ID_HEADER

Receives a message from QUEUE, and sends its body to REPLIES, with other headers. Prints what it has received.
"""
import json
import sys
import threading
import stomp
port, name, replies, id_header = sys.argv[1:5]
received = threading.Event()
frames = []


class Listener(stomp.ConnectionListener):
    def on_message(self, frame):
        frames.append(frame)
        received.set()

    def on_error(self, frame):
        print("ERROR", frame.headers, frame.body, file=sys.stderr)


connection = stomp.Connection12([("127.0.0.1", int(port))], vhost="/")
connection.set_listener("", Listener())
connection.connect("guest", "guest", wait=True)
connection.subscribe(destination="/queue/" + name, id="1", ack="client-individual")
if not received.wait(60):
    sys.exit("no message")
frame = frames[0]
connection.ack(frame.headers["ack"])
connection.send(
    "/queue/" + replies, frame.body, headers={
        id_header: "id-of-python", "correlation-id": "trace-of-python", "type": "type:of\npython", "custom": "1"})
connection.disconnect(receipt="bye")
print("RESULT", json.dumps({"headers": frame.headers, "body": frame.body}))
