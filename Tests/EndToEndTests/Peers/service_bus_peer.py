"""Azure's own client of Service Bus against the stand-in: service_bus_peer.py PORT COMMAND QUEUE [TEXT...]"""
import datetime
import json
import sys

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

port, command, name, *texts = sys.argv[1:]


def client(key="SAS_KEY_VALUE"):
    return ServiceBusClient.from_connection_string(
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={key};"
        "UseDevelopmentEmulator=true", retry_total=0)


def text(message):
    return b"".join(message.body).decode()


def send():
    with client() as bus, bus.get_queue_sender(name) as sender:
        for one in texts:
            sender.send_messages(ServiceBusMessage(
                one, content_type="type", correlation_id="trace", message_id=f"id-{one}",
                application_properties={"key": "value"}))
    return len(texts)


def receive():
    with client() as bus, bus.get_queue_receiver(name, max_wait_time=1) as receiver:
        got = []
        for message in receiver:
            got.append([text(message), message.content_type, message.correlation_id, message.message_id,
                        message.delivery_count or 0])
            receiver.complete_message(message)
        return got


def dead():
    with client() as bus, bus.get_queue_receiver(
            name, sub_queue=ServiceBusSubQueue.DEAD_LETTER, max_wait_time=1) as receiver:
        return [[text(one), one.dead_letter_reason, one.dead_letter_error_description] for one in receiver]


def wrong():
    """What a wrong key brings."""
    try:
        with client("wrong") as bus, bus.get_queue_sender(name) as sender:
            sender.send_messages(ServiceBusMessage("a"))
        return "accepted"
    except ServiceBusError as error:
        return type(error).__name__


def all():
    """Goes through what the driver uses, on the stand-in."""
    steps = []
    with client() as bus, bus.get_queue_sender(name) as sender, bus.get_queue_receiver(name, max_wait_time=5) as receiver:
        sender.send_messages(ServiceBusMessage("a", message_id="a"))
        sender.send_messages(ServiceBusMessage("b"))
        steps.append([text(one) for one in receiver.peek_messages(10)])
        first = receiver.receive_messages(1, 5)[0]
        receiver.renew_message_lock(first)
        receiver.abandon_message(first)
        again = receiver.receive_messages(1, 5)[0]
        steps.append([text(again), again.delivery_count])
        receiver.dead_letter_message(again, reason="why", error_description="because")
        second = receiver.receive_messages(1, 5)[0]
        steps.append(text(second))
        receiver.complete_message(second)
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        sender.schedule_messages(ServiceBusMessage("later"), later)
        number = sender.schedule_messages(ServiceBusMessage("never"), later)[0]
        sender.cancel_scheduled_messages(number)
        steps.append([text(one) for one in receiver.receive_messages(1, 5) + receiver.receive_messages(1, 0.3)])
        with bus.get_queue_receiver("lock-300." + name, max_wait_time=5) as short:
            with bus.get_queue_sender("lock-300." + name) as other:
                other.send_messages(ServiceBusMessage("short"))
            message = short.receive_messages(1, 5)[0]
            import time
            time.sleep(0.6)
            try:
                short.complete_message(message)
                steps.append("completed")
            except MessageLockLostError:
                steps.append("lock lost")
    steps.append(dead())
    return steps


print(json.dumps({"send": send, "receive": receive, "dead": dead, "wrong": wrong, "all": all}[command]()))
