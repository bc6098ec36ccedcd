#!/usr/bin/env python3
"""Stands in for Azure Service Bus: queues and topics over AMQP 1.0, with claims-based security and management nodes.

    service_bus.py --port PORT [--management-port PORT]

Every entity exists, except those whose name begins with `missing`. Names choose what happens, so that tests need no control
channel: `topic.*` is a topic, whose subscriptions exist once they are used; `lock-MS.*` locks messages for MS milliseconds;
`busy.*` refuses the first two messages as busy; `full.*` refuses all; `token.*` ends the links of a connection when its token
expires. A message of the content type `test:detach` ends the receivers of its queue, `test:drop` its connections.

`session.*`, also as the name of a subscription, requires sessions: a receiver has the filter `com.microsoft:session-filter` with
the id of one, or with null for the next one that has messages and no receiver, for which it waits. `test:lose` takes the locks
of all sessions away, without a word to their receivers.

The second port has the management API for subscriptions of topics, which those of `topic.temp.*` need to exist, and tokens: of
Microsoft Entra below /entra for the application app-1 with its secret, and of a machine below /identity. An application
`short-SECONDS-*` gets tokens of that lifetime. /test/tokens?client=ID tells how many were issued and put. The policy SendListen
may not manage anything.
"""
import argparse
import base64
import collections
import http.server
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
import uuid
import weakref
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from proton import Condition, Delivery, Link, Message, Terminus, int32, symbol, timestamp
from proton._handlers import EndpointStateHandler
from proton.handlers import MessagingHandler
from proton.reactor import Container

KEYS = {"RootManageSharedAccessKey": "SAS_KEY_VALUE", "SendListen": "OTHER_KEY_VALUE"}
MANAGERS = {"RootManageSharedAccessKey"}
AUDIENCE = "https://servicebus.azure.net/"
TENANT, CLIENT, SECRET = "tenant-1", "app-1", "s3cret+/= &"
MAX_SIZE = 262144
MAX_DELIVERIES = 10
TICK = 0.02
DEAD = "/$deadletterqueue"
SESSION_FILTER = "com.microsoft:session-filter"
# 1970 in the ticks of .NET.
EPOCH_TICKS = 621355968000000000


def token_end(token, audience):
    """When a shared access signature expires, in s since 1970; None if it is not valid for the audience.

    Without an audience, the name of the policy.
    """
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
    if audience is None:
        return fields["skn"]
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


class Session:
    """The lock of a session, which belongs to a link."""

    def __init__(self, identifier, link, lock_end):
        self.id, self.link, self.lock_end, self.lost = identifier, link, lock_end, False


class Opener(EndpointStateHandler):
    """Opens links as they are asked for, except those that wait for a session."""

    def on_link_remote_open(self, event):
        if self.is_local_uninitialised(event.link):
            self.on_link_opening(event)
            if not getattr(event.link, "waits", False):
                event.link.open()
        elif self.is_local_open(event.link):
            self.on_link_opened(event)


class Queue:
    def __init__(self, name):
        self.name, self.consumers, self.entries = name, [], collections.OrderedDict()
        self.busy = 2 if name.startswith("busy.") else 0
        match = re.search(r"\block-(\d+)\.", name)
        self.lock = int(match.group(1)) / 1000 if match else 30.0
        self.sessionful = bool(re.search(r"(^|/)session\.[^/]*$", name))
        # The sessions that are locked, the states of all, and the links that wait for one, with the end of their time.
        self.sessions, self.states, self.waiting = {}, {}, []

    def ready(self, session=None):
        now = time.time()
        for number in sorted(self.entries):
            entry = self.entries[number]
            if session is not None and (session.lost or entry.message.group_id != session.id):
                continue
            if entry.token is None and (entry.due is None or entry.due <= now):
                return entry
        return None

    def next_session(self):
        """The session of the first message that no receiver has; None if there is none."""
        now = time.time()
        for number in sorted(self.entries):
            entry = self.entries[number]
            if (entry.due is None or entry.due <= now) and entry.message.group_id not in self.sessions:
                return entry.message.group_id
        return None


class Broker(MessagingHandler):
    def __init__(self, url):
        super().__init__(prefetch=0, auto_accept=False, auto_settle=False)
        self.handlers = [Opener(False, weakref.proxy(self)) if isinstance(one, EndpointStateHandler) else one
                         for one in self.handlers]
        self.url, self.queues, self.number = url, {}, 0
        self.subscriptions = collections.defaultdict(set)
        # The subscriptions that were created, with what is known of them; those that were deleted just now.
        self.created, self.deleted = {}, collections.deque()
        # Per token of Microsoft Entra, its client and end; per client, the number of tokens issued and put.
        self.jwts, self.issued, self.put = {}, collections.Counter(), collections.Counter()
        # Per connection: the audiences and when their tokens expire; the links for replies.
        self.tokens, self.replies = collections.defaultdict(dict), {}

    # Entities

    def queue(self, address):
        name = address.strip("/").lower()
        match = re.match(r"(topic\.[^/]+)/subscriptions/([^/]+)", name)
        if match and not self.is_missing(name):
            self.subscriptions[match.group(1)].add(match.group(2))
        queue = self.queues.setdefault(name, Queue(name))
        if name in self.created:
            queue.sessionful = self.created[name]["RequiresSession"] == "true"
        return queue

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
        if link.path != "$cbs" and not self.allowed(event.connection, link.path):
            return self.deny(link, "amqp:unauthorized-access", "there is no valid token for " + address)
        if link.path.startswith("missing") or self.is_missing(link.path):
            return self.deny(link, "amqp:not-found", f"the messaging entity '{address}' could not be found")
        if link.is_sender and node:
            self.replies[(event.connection, link.remote_target.address)] = link
            self.replies[(event.connection, link.path)] = link
        elif link.is_sender:
            self.open_receiver(self.queue(link.path), link)
        else:
            link.max_message_size = MAX_SIZE
            link.flow(500)

    def is_missing(self, path):
        match = re.match(r"topic\.temp\.[^/]+/subscriptions/[^/]+", path)
        return match is not None and match.group(0) not in self.created

    # Sessions

    @staticmethod
    def content(data):
        """A map of proton with strings as keys; empty if there is none."""
        if not isinstance(data, dict):
            data.rewind()
            data = data.get_object() if data.next() else None
        return {str(key): value for key, value in (data or {}).items()}

    def open_receiver(self, queue, link):
        filters = self.content(link.remote_source.filter)
        if queue.sessionful != (SESSION_FILTER in filters):
            return self.deny(link, "amqp:not-allowed", (
                "It is not possible for an entity that requires sessions to create a non-sessionful message receiver."
                if queue.sessionful else
                "A sessionful message receiver cannot be created on an entity that does not require sessions."))
        if not queue.sessionful:
            return queue.consumers.append(link)
        wanted = filters[SESSION_FILTER]
        if wanted is None:
            wait = self.content(link.remote_properties).get("com.microsoft:timeout", 60000)
            link.waits = True
            queue.waiting.append((link, time.time() + wait / 1000))
            return self.assign(queue)
        if wanted in queue.sessions:
            return self.deny(link, "com.microsoft:session-cannot-be-locked",
                             f"The requested session '{wanted}' cannot be accepted. It may be locked by another receiver.")
        return self.lock(queue, link, wanted)

    def lock(self, queue, link, identifier):
        session = Session(identifier, link, time.time() + queue.lock)
        queue.sessions[identifier] = link.owned = session
        link.source.filter.clear()
        link.source.filter.put_dict({symbol(SESSION_FILTER): identifier})
        link.properties = {symbol("com.microsoft:locked-until-utc"): int(session.lock_end * 1e7) + EPOCH_TICKS}
        queue.consumers.append(link)

    def assign(self, queue):
        """Gives sessions to those that wait for one."""
        while queue.waiting and (identifier := queue.next_session()) is not None:
            link, _ = queue.waiting.pop(0)
            self.lock(queue, link, identifier)
            link.open()

    def unlock(self, queue, link):
        """Ends the lock of a link's session. Its messages can be received again."""
        session = getattr(link, "owned", None)
        if session is None or queue.sessions.get(session.id) is not session:
            return
        del queue.sessions[session.id]
        session.lost = True
        for entry in list(queue.entries.values()):
            if entry.token is not None and entry.message.group_id == session.id:
                self.free(queue, entry, False)

    def remove(self, queue, links):
        """Forgets links that have ended."""
        queue.waiting = [one for one in queue.waiting if one[0] not in links]
        for link in links:
            if link in queue.consumers:
                queue.consumers.remove(link)
                self.unlock(queue, link)
        self.pump(queue)

    def gone(self, link):
        path = getattr(link, "path", None)
        if path and link.is_sender and path in self.queues:
            self.remove(self.queues[path], [link])

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
        self.remove_all(lambda link: link.session == event.session)

    def forget(self, connection):
        self.tokens.pop(connection, None)
        self.replies = {key: link for key, link in self.replies.items() if key[0] != connection}
        self.remove_all(lambda link: link.connection == connection)

    def remove_all(self, has_ended):
        for queue in list(self.queues.values()):
            links = [link for link in queue.consumers + [one[0] for one in queue.waiting] if has_ended(link)]
            if links:
                self.remove(queue, links)

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
        refusal = None
        if path.startswith("full."):
            refusal = Condition("amqp:resource-limit-exceeded", "the entity has reached its maximum size")
        elif queue.busy > 0:
            queue.busy -= 1
            refusal = Condition("com.microsoft:server-busy", "the request was terminated because the entity is throttled")
        elif queue.sessionful and not message.group_id:
            # Azure's client reads the third part, too.
            refusal = Condition(
                "amqp:not-allowed", "The SessionId was not set on a message, and it cannot be sent to the entity.",
                {symbol("tracking-id"): "1"})
        if refusal:
            delivery.local.condition = refusal
            delivery.update(Delivery.REJECTED)
            return delivery.settle()
        command = str(message.content_type or "")
        if command == "test:detach":
            for link in list(queue.consumers):
                self.gone(link)
                self.refuse(link, "amqp:link:detach-forced", "the link was detached by a test")
        elif command == "test:lose":
            for session in list(queue.sessions.values()):
                self.unlock(queue, session.link)
            self.pump(queue)
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
        # Azure's client calls its signatures jwt, too.
        if not token.startswith("SharedAccessSignature ") and properties.get("type") == "jwt":
            client, end = self.jwts.get(token, (None, None))
            self.put[client] += 1
            end = end if end and end > time.time() else None
        else:
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
        if path.startswith("missing"):
            return self.result(404, condition="amqp:not-found", text="the messaging entity could not be found")
        if operation == "renew-lock":
            if queue.sessionful:
                return self.result(400, condition="amqp:not-allowed", text="lock operations on messages are not allowed")
            return self.renew(queue, body["lock-tokens"])
        if operation in ("renew-session-lock", "get-session-state", "set-session-state"):
            return self.manage_session(queue, operation, body, message.properties.get("associated-link-name"))
        if operation == "peek-message":
            return self.peek(queue, body["from-sequence-number"], body["message-count"], body.get("session-id"))
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

    def manage_session(self, queue, operation, body, link):
        session = queue.sessions.get(body["session-id"])
        if session is None or link not in (None, session.link.name):
            return self.result(410, condition="com.microsoft:session-lock-lost", text="the session lock has expired")
        if operation == "get-session-state":
            return self.result(200, {"session-state": queue.states.get(session.id)})
        if operation == "set-session-state":
            queue.states[session.id] = body["session-state"]
            return self.result(200)
        session.lock_end = time.time() + queue.lock
        return self.result(200, {"expiration": timestamp(int(session.lock_end * 1000))})

    def peek(self, queue, start, count, session):
        found = []
        for number in sorted(queue.entries):
            if session is not None and queue.entries[number].message.group_id != session:
                continue
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
        self.assign(queue)
        for link in list(queue.consumers):
            session = getattr(link, "owned", None)
            while link.credit > 0 and (entry := queue.ready(session)) is not None:
                # Of letters: this version of proton takes no other bytes.
                tag = uuid.uuid4().hex[:16]
                entry.token = uuid.UUID(bytes_le=tag.encode())
                # A session is locked as a whole.
                entry.lock_end = session.lock_end if session else time.time() + queue.lock
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
        session = getattr(link, "owned", None)
        lock_end = session.lock_end if session else entry.lock_end
        if entry.token != delivery.key or entry.number not in queue.entries or lock_end <= time.time():
            delivery.local.condition = Condition(
                f"com.microsoft:{'session' if session else 'message'}-lock-lost", "the lock is invalid")
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
        delivery.update(state or Delivery.ACCEPTED)
        delivery.settle()

    # Time

    def on_timer_task(self, event):
        now = time.time()
        while self.deleted:
            name = self.deleted.popleft()
            for queue in [one for one in self.queues.values() if (one.name + "/").startswith(name + "/")]:
                for link in list(queue.consumers):
                    self.gone(link)
                    self.refuse(link, "amqp:not-found", "the messaging entity was deleted")
                del self.queues[queue.name]
            topic, _, subscription = name.partition("/subscriptions/")
            self.subscriptions[topic].discard(subscription)
        for queue in list(self.queues.values()):
            late = [] if queue.sessionful else [
                one for one in queue.entries.values() if one.token is not None and one.lock_end <= now]
            for entry in late:
                self.free(queue, entry, True)
            for session in [one for one in queue.sessions.values() if one.lock_end <= now]:
                self.gone(session.link)
                self.refuse(session.link, "com.microsoft:session-lock-lost", "the session lock has expired")
            for link in [one for one, end in queue.waiting if end <= now]:
                queue.waiting = [one for one in queue.waiting if one[0] != link]
                self.deny(link, "com.microsoft:timeout", "no session became available in time")
                link.open()
            if any(one.due is not None and one.due <= now for one in queue.entries.values()):
                self.pump(queue)
            if queue.name.startswith("token."):
                for link in list(queue.consumers):
                    if not self.allowed(link.connection, queue.name):
                        self.gone(link)
                        self.refuse(link, "amqp:unauthorized-access", "the token has expired")
        self.container.schedule(TICK, self)


class Management(http.server.BaseHTTPRequestHandler):
    """The management API and the tokens, on a thread of its own."""

    broker = None

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status, **fields):
        self.answer(status, json.dumps(fields).encode())

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def issue(self, client, lifetime):
        token = secrets.token_urlsafe(32)
        self.broker.jwts[token] = (client, time.time() + lifetime)
        self.broker.issued[client] += 1
        self.answer_json(200, token_type="Bearer", access_token=token, expires_in=lifetime)

    def do_POST(self):
        form = {key: value[0] for key, value in parse_qs(self.body().decode()).items()}
        client, scope = form.get("client_id", ""), form.get("scope", "")
        short = re.match(r"short-(\d+)-", client)
        if self.path != f"/entra/{TENANT}/oauth2/v2.0/token" or client != CLIENT and not short:
            return self.answer_json(400, error="unauthorized_client", error_description="unknown application")
        if form.get("client_secret") != SECRET:
            return self.answer_json(401, error="invalid_client", error_description="wrong secret")
        if scope != AUDIENCE + "/.default":
            return self.answer_json(400, error="invalid_scope", error_description=scope)
        return self.issue(client, int(short.group(1)) if short else 3600)

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        if parts.path == "/test/tokens":
            client = query.get("client")
            return self.answer_json(200, issued=self.broker.issued[client], put=self.broker.put[client])
        if parts.path == "/identity/metadata/identity/oauth2/token":
            if self.headers.get("Metadata") != "true" or query.get("resource") != AUDIENCE:
                return self.answer_json(400, error="invalid_request", error_description=query.get("resource"))
            return self.issue("machine", 3600)
        found = self.broker.created.get(parts.path.strip("/").lower())
        if not self.may_manage():
            return None
        return self.answer(200, found["xml"], "application/atom+xml") if found else self.answer(404)

    def may_manage(self):
        token = self.headers.get("Authorization", "")
        if token.startswith("Bearer "):
            _, end = self.broker.jwts.get(token[7:], (None, 0))
            status = 0 if end > time.time() else 401
        else:
            policy = token_end(token, None)
            status = 0 if policy in MANAGERS else 403 if policy else 401
        if status:
            self.answer(status, b"<Error><Code>%d</Code><Detail>Manage,EntityWrite claims are required</Detail></Error>"
                        % status, "application/xml")
        return not status

    def do_PUT(self):
        text, name = self.body(), urlsplit(self.path).path.strip("/").lower()
        if not self.may_manage():
            return None
        if name.startswith("missing") or "/subscriptions/" not in name:
            return self.answer(404)
        if name in self.broker.created:
            return self.answer(409)
        fields = {one.tag.split("}")[-1]: one.text for one in ElementTree.fromstring(text).iter()}
        if "SubscriptionDescription" not in fields:
            return self.answer(400)
        self.broker.created[name] = {"RequiresSession": fields.get("RequiresSession", "false"), "xml": text}
        self.broker.queue(name)
        return self.answer(201, text, "application/atom+xml;type=entry;charset=utf-8")

    def do_DELETE(self):
        name = urlsplit(self.path).path.strip("/").lower()
        if not self.may_manage():
            return None
        if self.broker.created.pop(name, None) is None:
            return self.answer(404)
        self.broker.deleted.append(name)
        return self.answer(200)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--management-port", type=int)
    arguments = parser.parse_args()
    Management.broker = Broker(f"127.0.0.1:{arguments.port}")
    if arguments.management_port:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.management_port), Management)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    Container(Management.broker).run()


if __name__ == "__main__":
    main()
