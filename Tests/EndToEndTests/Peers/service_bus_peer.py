"""Azure's own client of Service Bus against the stand-in: service_bus_peer.py PORT COMMAND QUEUE [TEXT...]"""
import datetime
import json
import sys

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    MessageLockLostError, OperationTimeoutError, ServiceBusError, SessionCannotBeLockedError, SessionLockLostError)

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


def next_session(bus, session=NEXT_AVAILABLE_SESSION, wait=5, queue=name):
    return bus.get_queue_receiver(queue, session_id=session, max_wait_time=wait)


def sessions():
    """Verifies the session features that the driver uses, on the stand-in."""
    steps = []
    with client() as bus, bus.get_queue_sender(name) as sender:
        for one in ["a1", "a2", "b1"]:
            sender.send_messages(ServiceBusMessage(one, session_id=one[0]))
        with next_session(bus) as first, next_session(bus) as second:
            steps.append([first.session.session_id, second.session.session_id])
            one = first.receive_messages(1, 5)[0]
            first.abandon_message(one)
            again = first.receive_messages(1, 5)[0]
            steps.append([text(again), again.delivery_count, again.session_id])
            first.complete_message(again)
            steps.append([text(one) for one in first.peek_messages(10)])
            until = first.session.locked_until_utc
            steps.append(first.session.renew_lock() > until)
            first.session.set_state(b"state")
            steps.append(first.session.get_state().decode())
            try:
                next_session(bus, "a").__enter__()
            except SessionCannotBeLockedError:
                steps.append("cannot be locked")
            try:
                next_session(bus, wait=1).__enter__()
            except OperationTimeoutError:
                steps.append("no session")
        with next_session(bus, "a") as named:
            steps.append([text(one) for one in named.receive_messages(10, 1)])
        for receiver in [lambda: bus.get_queue_receiver(name), lambda: next_session(bus, queue=f"q.{name}")]:
            try:
                receiver().receive_messages(1, 10)
            except ServiceBusError as error:
                steps.append("require" in str(error))
        try:
            sender.send_messages(ServiceBusMessage("x"))
        except ServiceBusError as error:
            steps.append("SessionId" in str(error))
        short = name.replace("session.", "session.lock-1000.")
        with bus.get_queue_sender(short) as other:
            other.send_messages(ServiceBusMessage("short", session_id="s"))
        with next_session(bus, queue=short) as lost:
            message = lost.receive_messages(1, 5)[0]
            import time
            time.sleep(1.5)
            for call in [lambda: lost.session.renew_lock(), lambda: lost.complete_message(message)]:
                try:
                    call()
                except SessionLockLostError:
                    steps.append("session lost")
    return steps


def manager(policy="RootManageSharedAccessKey", key="SAS_KEY_VALUE"):
    """Returns a client of the management API, by its port. The client supports only https."""
    from azure.core.pipeline.transport import RequestsTransport
    from azure.servicebus.management import ServiceBusAdministrationClient

    class Plain(RequestsTransport):
        def send(self, request, **options):
            request.url = request.url.replace("https://", "http://", 1)
            return super().send(request, **options)

    return ServiceBusAdministrationClient.from_connection_string(
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName={policy};SharedAccessKey={key}", retry_total=0,
        transport=Plain())


def subscriptions():
    """Creates and deletes a subscription of a topic on the stand-in."""
    from azure.core.exceptions import HttpResponseError

    with manager() as admin:
        created = admin.create_subscription(
            name, "one", requires_session=True, auto_delete_on_idle=datetime.timedelta(minutes=5))
        steps = [created.name, created.requires_session, str(created.auto_delete_on_idle)]
        admin.delete_subscription(name, "one")
    for policy, key in [("SendListen", "OTHER_KEY_VALUE"), ("RootManageSharedAccessKey", "wrong")]:
        try:
            with manager(policy, key) as other:
                other.create_subscription(name, "two")
        except HttpResponseError as error:
            steps.append(error.status_code)
    return steps


def subscription():
    """Prints the properties of the subscription TEXT of the topic NAME; null if it is missing."""
    from azure.core.exceptions import ResourceNotFoundError

    with manager() as admin:
        try:
            found = admin.get_subscription(name, texts[0])
            return [found.requires_session, str(found.auto_delete_on_idle)]
        except ResourceNotFoundError:
            return None


def send_session():
    with client() as bus, bus.get_queue_sender(name) as sender:
        for one in texts:
            sender.send_messages(ServiceBusMessage(one, content_type="type", session_id=one[0]))
    return len(texts)


def receive_session():
    """Prints the next session and its messages."""
    with client() as bus, next_session(bus, texts[0] if texts else NEXT_AVAILABLE_SESSION, 2) as receiver:
        got = []
        for message in receiver.receive_messages(10, 2):
            got.append(text(message))
            receiver.complete_message(message)
        state = receiver.session.get_state()
        return [receiver.session.session_id, got, state.decode() if state else None]


commands = [
    all, dead, receive, receive_session, send, send_session, sessions, subscription, subscriptions, wrong]
print(json.dumps({one.__name__: one for one in commands}[command]()))
