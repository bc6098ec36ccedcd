#!/usr/bin/env python3
"""Stands in for Azure Service Bus: queues and topics over AMQP 1.0, with claims-based security and management nodes.

    service_bus.py --port PORT

Every entity exists, except those whose name begins with `missing`. Names choose what happens, so that tests need no control
channel: `topic.*` is a topic, whose subscriptions exist once they are used; `lock-MS.*` locks messages for MS milliseconds;
`busy.*` refuses the first two messages as busy; `full.*` refuses all; `token.*` ends the links of a connection when its token
expires; `gone.*` detaches a receiver that settles a message, without a response; `mute.*` never responds to the first message;
`first.*` does not confirm settlements. A message of the content type `test:detach` ends the receivers of its queue,
`test:drop` its connections, and `test:kick` its sender.
"""
import argparse
import base64
import collections
import hashlib
import hmac
import re
import time
import uuid
from urllib.parse import unquote

from proton import Condition, Delivery, Link, Message, Terminus, int32, symbol, timestamp
from proton.handlers import MessagingHandler
from proton.reactor import Container

KEYS = {"RootManageSharedAccessKey": "SAS_KEY_VALUE"}
MAX_SIZE = 262144
MAX_DELIVERIES = 10
TICK = 0.02
DEAD = "/$deadletterqueue"


def token_end(token, audience):
    """When a shared access signature expires, in s since 1970; None if it is not valid for the audience."""
    prefix = "SharedAccessSignature "
    if not token.startswith(prefix):
        return None
    fields = dict(part.split("=", 1) for part in token[len(prefix):].split("&"))
    key = KEYS.get(unquote(fields.get("skn", "")))
    if key is None or not {"sr", "sig", "se"} <= set(fields) or int(fields["se"]) <= time.time():
        return None
    text = f"{fields['sr']}\n{fields['se']}".encode()
    signature = base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(signature, unquote(fields["sig"])):
        return None
    resource = unquote(fields["sr"]).split("://", 1)[-1].rstrip("/").lower()
    wanted = audience.split("://", 1)[-1].rstrip("/").lower()
    return int(fields["se"]) if (wanted + "/").startswith(resource + "/") else None


class Entry:
    """A message with its place in a queue."""

    def __init__(self, message, number):
        self.message, self.number, self.deliveries = message, number, 0
        self.enqueued = int(time.time() * 1000)
        self.delivery = self.token = self.due = None
        self.lock_end = 0.0


class Queue:
    def __init__(self, name):
        self.name, self.consumers, self.entries = name, [], collections.OrderedDict()
        self.busy = 2 if name.startswith("busy.") else 0
        self.mute = 1 if name.startswith("mute.") else 0
        match = re.match(r"lock-(\d+)\.", name)
        self.lock = int(match.group(1)) / 1000 if match else 30.0

    def ready(self):
        now = time.time()
        for number in sorted(self.entries):
            entry = self.entries[number]
            if entry.token is None and (entry.due is None or entry.due <= now):
                return entry
        return None


class Broker(MessagingHandler):
    def __init__(self, url):
        super().__init__(prefetch=0, auto_accept=False, auto_settle=False)
        self.url, self.queues, self.number = url, {}, 0
        self.subscriptions = collections.defaultdict(set)
        # Per connection: the audiences and when their tokens expire; the links for replies.
        self.tokens, self.replies = collections.defaultdict(dict), {}

    # Entities

    def queue(self, address):
        name = address.strip("/").lower()
        match = re.match(r"(topic\.[^/]+)/subscriptions/([^/]+)", name)
        if match:
            self.subscriptions[match.group(1)].add(match.group(2))
        return self.queues.setdefault(name, Queue(name))

    def targets(self, name):
        if name.startswith("topic.") and "/" not in name:
            return [self.queue(f"{name}/subscriptions/{one}") for one in sorted(self.subscriptions[name])]
        return [self.queue(name)]

    def add(self, queue, message, due=None):
        self.number += 1
        entry = Entry(message, self.number)
        entry.due = due
        queue.entries[entry.number] = entry
        return entry

    def bury(self, queue, entry, reason, text):
        queue.entries.pop(entry.number, None)
        message = entry.message
        message.properties = {**(message.properties or {}), "DeadLetterReason": reason,
                              "DeadLetterErrorDescription": text}
        dead = self.queue(queue.name + DEAD)
        kept = self.add(dead, message)
        kept.deliveries = entry.deliveries
        self.pump(dead)

    def free(self, queue, entry, failed):
        entry.token = entry.delivery = None
        if failed:
            entry.deliveries += 1
            if entry.deliveries >= MAX_DELIVERIES and not queue.name.endswith(DEAD):
                self.bury(queue, entry, "MaxDeliveryCountExceeded", "delivered too often")
        self.pump(queue)

    # Links

    @staticmethod
    def address(terminus):
        address = terminus.address or ""
        return address.split("/", 3)[-1] if "://" in address else address

    def on_start(self, event):
        self.container = event.container
        self.acceptor = event.container.listen(self.url)
        event.container.schedule(TICK, self)

    def refuse(self, link, name, text):
        link.condition = Condition(name, text)
        link.close()

    @staticmethod
    def deny(link, name, text):
        """Opens the link without an address, and ends it then."""
        link.path, link.denial = None, Condition(name, text)
        link.source.type = link.target.type = Terminus.UNSPECIFIED

    def on_link_local_open(self, event):
        denial = getattr(event.link, "denial", None)
        if denial is not None:
            event.link.condition = denial
            event.link.close()

    def allowed(self, connection, address):
        entity = address.lower().split("/$")[0]
        now = time.time()
        for audience, end in self.tokens[connection].items():
            path = audience.split("://", 1)[-1].split("/", 1)[-1].strip("/").lower().split("/$")[0]
            if end > now and (entity + "/").startswith(path + "/"):
                return True
        return False

    def on_link_opening(self, event):
        link = event.link
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        link.snd_settle_mode = link.remote_snd_settle_mode
        link.rcv_settle_mode = link.remote_rcv_settle_mode
        address = self.address(link.remote_source if link.is_sender else link.remote_target)
        link.path = address.strip("/").lower()
        node = link.path.endswith("$management") or link.path == "$cbs"
        if link.path.startswith("first."):
            link.rcv_settle_mode = Link.RCV_FIRST
        if link.path != "$cbs" and not self.allowed(event.connection, link.path):
            return self.deny(link, "amqp:unauthorized-access", "there is no valid token for " + address)
        if link.path.startswith("missing"):
            return self.deny(link, "amqp:not-found", f"the messaging entity '{address}' could not be found")
        if link.is_sender and node:
            self.replies[(event.connection, link.remote_target.address)] = link
            self.replies[(event.connection, link.path)] = link
        elif link.is_sender:
            self.queue(link.path).consumers.append(link)
        else:
            link.max_message_size = MAX_SIZE
            link.flow(500)

    def gone(self, link):
        path = getattr(link, "path", None)
        if path and link.is_sender and path in self.queues:
            queue = self.queues[path]
            if link in queue.consumers:
                queue.consumers.remove(link)
            self.pump(queue)

    def on_link_closing(self, event):
        self.gone(event.link)

    def on_link_remote_close(self, event):
        self.gone(event.link)
        event.link.close()

    def on_connection_closing(self, event):
        self.forget(event.connection)

    def on_disconnected(self, event):
        self.forget(event.connection)

    def on_session_closing(self, event):
        for queue in self.queues.values():
            queue.consumers = [link for link in queue.consumers if link.session != event.session]

    def forget(self, connection):
        self.tokens.pop(connection, None)
        self.replies = {key: link for key, link in self.replies.items() if key[0] != connection}
        for queue in self.queues.values():
            queue.consumers = [link for link in queue.consumers if link.connection != connection]

    # Messages to the broker

    def on_message(self, event):
        path, message, delivery = event.link.path, event.message, event.delivery
        if path is None:
            return
        event.link.flow(1)
        if path == "$cbs":
            self.answer(event, self.put_token(event.connection, message))
        elif path.endswith("$management"):
            self.answer(event, self.manage(path[: -len("/$management")], message))
        else:
            return self.accept(path, message, delivery)
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()

    def accept(self, path, message, delivery):
        queue = self.queue(path)
        if queue.mute > 0:
            queue.mute -= 1
            return None
        refusal = None
        if path.startswith("full."):
            refusal = Condition("amqp:resource-limit-exceeded", "the entity has reached its maximum size")
        elif queue.busy > 0:
            queue.busy -= 1
            refusal = Condition("com.microsoft:server-busy", "the request was terminated because the entity is throttled")
        if refusal:
            delivery.local.condition = refusal
            delivery.update(Delivery.REJECTED)
            return delivery.settle()
        command = str(message.content_type or "")
        if command == "test:kick":
            return self.refuse(delivery.link, "amqp:internal-error", "the link was closed by a test")
        if command == "test:detach":
            for link in list(queue.consumers):
                self.gone(link)
                self.refuse(link, "amqp:link:detach-forced", "the link was detached by a test")
        elif command == "test:drop":
            for connection in {link.connection for link in queue.consumers}:
                connection.transport.close_tail()
                connection.transport.close_head()
        else:
            at = (message.annotations or {}).get(symbol("x-opt-scheduled-enqueue-time"))
            for target in self.targets(path):
                self.add(target, message, at / 1000 if at else None)
                self.pump(target)
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()

    def answer(self, event, response):
        request = event.message
        link = self.replies.get((event.connection, request.reply_to)) or self.replies.get(
            (event.connection, event.link.path))
        response.correlation_id = request.id
        if link is not None:
            sent = link.send(response)
            if link.snd_settle_mode == Link.SND_SETTLED:
                sent.settle()

    def put_token(self, connection, message):
        properties = message.properties or {}
        audience, body = properties.get("name", ""), message.body
        token = body if isinstance(body, str) else bytes(body).decode()
        end = token_end(token, audience) if properties.get("operation") == "put-token" else None
        if end:
            self.tokens[connection][audience] = end
        return Message(body=None, properties={
            "status-code": int32(202 if end else 401),
            "status-description": "Accepted" if end else "InvalidSignature: The token has an invalid signature."})

    # Management

    @staticmethod
    def result(status, body=None, condition=None, text=""):
        properties = {"statusCode": int32(status), "statusDescription": text}
        if condition:
            properties["errorCondition"] = symbol(condition)
        return Message(body=body if body is not None else {}, properties=properties)

    def manage(self, path, message):
        queue, body = self.queue(path), message.body or {}
        operation = (message.properties or {}).get("operation", "").split(":")[-1]
        if operation == "renew-lock":
            return self.renew(queue, body["lock-tokens"])
        if operation == "peek-message":
            return self.peek(queue, body["from-sequence-number"], body["message-count"])
        if operation == "schedule-message":
            numbers = []
            for one in body["messages"]:
                inner = Message()
                inner.decode(bytes(one["message"]))
                at = (inner.annotations or {})[symbol("x-opt-scheduled-enqueue-time")]
                for target in self.targets(path):
                    number = self.add(target, inner, at / 1000).number
                numbers.append(number)
            return self.result(200, {"sequence-numbers": self.array("long", numbers)})
        if operation == "cancel-scheduled-message":
            for number in body["sequence-numbers"]:
                targets = [one for one in self.targets(path) if number in one.entries]
                if not targets or targets[0].entries[number].due is None:
                    return self.result(404, condition="com.microsoft:message-not-found", text="there is no such message")
                del targets[0].entries[number]
            return self.result(200)
        return self.result(400, condition="amqp:not-implemented", text="unknown operation " + operation)

    @staticmethod
    def array(kind, values):
        from proton import Array, Data, UNDESCRIBED
        return Array(UNDESCRIBED, {"long": Data.LONG, "timestamp": Data.TIMESTAMP}[kind], *values)

    def renew(self, queue, tokens):
        now, ends = time.time(), []
        for token in tokens:
            entry = next((one for one in queue.entries.values() if one.token == token), None)
            if entry is None or entry.lock_end <= now:
                return self.result(410, condition="com.microsoft:message-lock-lost", text="the lock is invalid")
            entry.lock_end = now + queue.lock
            ends.append(timestamp(int(entry.lock_end * 1000)))
        return self.result(200, {"expirations": self.array("timestamp", ends)})

    def peek(self, queue, start, count):
        found = []
        for number in sorted(queue.entries):
            if number >= start and len(found) < count:
                found.append({"message": self.stamped(queue.entries[number]).encode()})
        return self.result(200, {"messages": found}) if found else self.result(204)

    # Messages from the broker

    def stamped(self, entry):
        message = Message()
        message.decode(entry.message.encode())
        message.delivery_count = entry.deliveries
        scheduled = entry.due is not None and entry.due > time.time()
        message.annotations = {
            **(message.annotations or {}), symbol("x-opt-sequence-number"): entry.number,
            symbol("x-opt-enqueued-time"): timestamp(entry.enqueued),
            symbol("x-opt-locked-until"): timestamp(int(entry.lock_end * 1000)),
            symbol("x-opt-message-state"): int32(2 if scheduled else 0)}
        return message

    def on_sendable(self, event):
        self.flow(event.link)

    def on_link_flow(self, event):
        self.flow(event.link)

    def flow(self, link):
        path = getattr(link, "path", None)
        if not link.is_sender or not path or path == "$cbs" or path.endswith("$management"):
            return
        self.pump(self.queue(path))
        if link.drain_mode and link.credit > 0:
            link.drained()

    def pump(self, queue):
        for link in list(queue.consumers):
            while link.credit > 0 and (entry := queue.ready()) is not None:
                # Of letters: this version of proton takes no other bytes.
                tag = uuid.uuid4().hex[:16]
                entry.token = uuid.UUID(bytes_le=tag.encode())
                entry.lock_end = time.time() + queue.lock
                delivery = link.send(self.stamped(entry), tag=tag)
                if link.snd_settle_mode == Link.SND_SETTLED:
                    delivery.settle()
                    queue.entries.pop(entry.number, None)
                else:
                    entry.delivery = delivery
                    delivery.entry, delivery.key = entry, entry.token

    def on_delivery(self, event):
        delivery, link = event.delivery, event.link
        if not link.is_sender:
            return None
        entry = getattr(delivery, "entry", None)
        if entry is None or not (delivery.remote_state or delivery.settled):
            return
        queue, state = self.queue(link.path), delivery.remote_state
        delivery.entry = None
        if queue.name.startswith("gone."):
            self.gone(link)
            return self.refuse(link, "amqp:link:detach-forced", "the link was detached by a test")
        if entry.token != delivery.key or entry.number not in queue.entries or entry.lock_end <= time.time():
            delivery.local.condition = Condition("com.microsoft:message-lock-lost", "the lock is invalid")
            delivery.update(Delivery.REJECTED)
            return delivery.settle()
        if state == Delivery.ACCEPTED:
            queue.entries.pop(entry.number)
        elif state == Delivery.REJECTED:
            condition = delivery.remote.condition
            info = {str(key): value for key, value in ((condition.info if condition else None) or {}).items()}
            entry.deliveries += 1
            self.bury(queue, entry, info.get("DeadLetterReason", ""), info.get("DeadLetterErrorDescription", ""))
        elif state in (Delivery.RELEASED, Delivery.MODIFIED):
            self.free(queue, entry, state == Delivery.MODIFIED and delivery.remote.failed)
        if queue.name.startswith("first.") and not delivery.settled:
            return None
        delivery.update(state or Delivery.ACCEPTED)
        delivery.settle()
        return None

    # Time

    def on_timer_task(self, event):
        now = time.time()
        for queue in list(self.queues.values()):
            late = [one for one in queue.entries.values() if one.token is not None and one.lock_end <= now]
            for entry in late:
                self.free(queue, entry, True)
            if any(one.due is not None and one.due <= now for one in queue.entries.values()):
                self.pump(queue)
            if queue.name.startswith("token."):
                for link in list(queue.consumers):
                    if not self.allowed(link.connection, queue.name):
                        self.gone(link)
                        self.refuse(link, "amqp:unauthorized-access", "the token has expired")
        self.container.schedule(TICK, self)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    Container(Broker(f"127.0.0.1:{arguments.port}")).run()


if __name__ == "__main__":
    main()
