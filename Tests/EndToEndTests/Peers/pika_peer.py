"""pika, a client of AMQP 0.9.1 that others wrote: pika_peer.py PORT QUEUE REPLIES

Receives a message from QUEUE, and sends its body to REPLIES as the toolkit's Node edition does. Prints what it has
received.
"""
import json
import sys
import pika
port, name, replies = sys.argv[1:4]
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
channel = connection.channel()
channel.confirm_delivery()
for method, properties, body in channel.consume(name, inactivity_timeout=60):
    if method is None:
        sys.exit("no message")
    channel.basic_ack(method.delivery_tag)
    break
channel.basic_publish(
    "", replies, body, pika.BasicProperties(
        correlation_id="trace-of-python", message_id="id-of-python", type="type-of-python", content_type="text/plain",
        reply_to="answers", timestamp=1700000000, headers={"x-custom": 7}), mandatory=True)
connection.close()
print("RESULT", json.dumps({
    "correlation_id": properties.correlation_id, "message_id": properties.message_id, "type": properties.type,
    "content_type": properties.content_type, "reply_to": properties.reply_to, "delivery_mode": properties.delivery_mode,
    "headers": properties.headers, "body": body.decode()}))
