"""The toolkit's Python edition on an MQTT broker: mqtt_peer.py PORT QUEUE REPLIES ENVELOPES

Receives a message from QUEUE and sends it to REPLIES. A message to QUEUE-ready says that it listens.
"""
import sys
import time
import paho.mqtt.client as paho
from pip_services4_components.config import ConfigParams
from pip_services4_messaging.queues import MessageEnvelope
from pip_services4_mqtt.queues import MqttMessageQueue
port, name, replies, is_json = sys.argv[1:5]
# Its connection does not pass the configured port on.
connect = paho.Client.connect
paho.Client.connect = lambda client, host, keepalive=60: connect(client, host, int(port), keepalive)
# Of a raw message it reads an id that paho names otherwise.
paho.MQTTMessage.message_id = property(lambda message: message.mid)


def queue(name):
    queue = MqttMessageQueue(name)
    queue.configure(ConfigParams.from_tuples(
        "connection.protocol", "mqtt", "connection.host", "127.0.0.1", "connection.port", port,
        "client_id", "python-" + name, "options.qos", 1, "options.serialize_envelope", is_json,
        "options.autosubscribe", True))
    queue.open(None)
    return queue


source, target = queue(name), queue(replies)
time.sleep(0.5)
ready = queue(name + "-ready")
ready.send(None, MessageEnvelope(None, "ready", "ready"))
message = source.receive(None, 60000)
target.send(None, message)
time.sleep(1)
print("RESULT", message.to_json())
for each in source, target, ready:
    each.close(None)
