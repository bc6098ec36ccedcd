"""Azure for tests: storage queues and tables, Key Vault, tokens of Microsoft Entra and of a machine, and ingestion.

azure.py --port PORT

A request whose signature or token is wrong is refused. The services are below /queue, /table, /vault, /entra, /identity
and /insights. A request with the header field X-Test-Uptime (milliseconds) is carried out at that time: tests move the
time of queues and locks by it. /test/certificate registers the certificate of the application.
"""
import argparse
import base64
import binascii
import email.utils
import hashlib
import hmac
import itertools
import json
import re
import secrets
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

ACCOUNT = "devstoreaccount1"
KEY = base64.b64decode("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
TENANT, CLIENT, SECRET = "tenant-1", "app-1", "s3cret+/= &"
# The token of this application is good for one request only.
ONCE = "app-once"
IDENTITY_SECRET = "identity-secret"
INSTRUMENTATION_KEY = "11111111-2222-3333-4444-555555555555"
STORAGE, VAULT = "https://storage.azure.com", "https://vault.azure.net"
MAX_TEXT, MAX_SKEW = 65536, 900

lock = threading.RLock()
start = time.time()
queues, tables, vault, deleted, tokens, certificates, items = {}, {}, {}, {}, {}, {}, []
versions = itertools.count(1)


class Refusal(Exception):
    def __init__(self, status, code, text="", headers=()):
        self.status, self.code, self.text, self.headers = status, code, text or code, headers


def mac(key, text):
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def canonical_query(pairs):
    values = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(value)
    return sorted((name, ",".join(sorted(found))) for name, found in values.items())


def shared_key(request, is_table):
    """The signature that a request must have."""
    field = lambda name: request.fields.get(name, "")
    if is_table:
        component = "".join(f"?comp={value}" for name, value in canonical_query(request.pairs) if name == "comp")
        text = "\n".join([
            request.command, field("content-md5"), field("content-type"), field("x-ms-date") or field("date"),
            f"/{ACCOUNT}{request.raw_path}{component}"])
        return mac(KEY, text)
    length = field("content-length")
    lines = [
        request.command, field("content-encoding"), field("content-language"), "" if length == "0" else length,
        field("content-md5"), field("content-type"), "" if field("x-ms-date") else field("date"),
        field("if-modified-since"), field("if-match"), field("if-none-match"), field("if-unmodified-since"),
        field("range")]
    text = "\n".join(lines) + "\n"
    text += "".join(f"{name}:{value}\n" for name, value in sorted(request.fields.items()) if name.startswith("x-ms-"))
    text += f"/{ACCOUNT}{request.raw_path}"
    text += "".join(f"\n{name}:{value}" for name, value in canonical_query(request.pairs))
    return mac(KEY, text)


def check_date(request):
    if "x-test-uptime" in request.fields:
        return
    date = email.utils.parsedate_to_datetime(request.fields.get("x-ms-date") or request.fields.get("date"))
    if abs(date.timestamp() - time.time()) > MAX_SKEW:
        raise Refusal(403, "AuthenticationFailed", "The date is too old")


def check_shared_access(request, service):
    query = request.query
    names = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses"]
    text = "\n".join([ACCOUNT] + [query.get(name, "") for name in names]) + "\n"
    if not hmac.compare_digest(mac(KEY, text), query.get("sig", "")):
        raise Refusal(403, "AuthenticationFailed", "The signature does not match")
    end = datetime.fromisoformat(query["se"].replace("Z", "+00:00")).timestamp()
    if end < time.time():
        raise Refusal(403, "AuthenticationFailed", "The signature has expired")
    if service[0] not in query["ss"]:
        raise Refusal(403, "AuthorizationServiceMismatch")
    needed = {"GET": "rp", "POST": "ac", "PUT": "wuc", "DELETE": "dp", "MERGE": "wu", "PATCH": "wu"}[request.command]
    if not set(needed) & set(query["sp"]):
        raise Refusal(403, "AuthorizationPermissionMismatch")


def check_token(request, resource):
    challenge = f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="{resource}"'
    refusal = Refusal(401, "Unauthorized", "The token is missing, wrong or too old", [("WWW-Authenticate", challenge)])
    authorization = request.fields.get("authorization", "")
    known = tokens.get(authorization[7:]) if authorization.startswith("Bearer ") else None
    if not known or known["resource"].rstrip("/") != resource.rstrip("/") or known["end"] < time.time():
        raise refusal
    if known["uses"] <= 0:
        raise refusal
    known["uses"] -= 1


def authorize(request, service):
    """Refuses a request to a storage service that its sender may not make."""
    authorization = request.fields.get("authorization", "")
    try:
        if authorization.startswith("Bearer "):
            return check_token(request, STORAGE)
        if not authorization and "sig" in request.query:
            return check_shared_access(request, service)
        check_date(request)
        wanted = f"SharedKey {ACCOUNT}:{shared_key(request, service == 'table')}"
        if not hmac.compare_digest(wanted.encode(), authorization.encode()):
            raise Refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.")
    except (KeyError, TypeError, ValueError) as error:  # What is missing or malformed.
        raise Refusal(403, "AuthenticationFailed", f"{type(error).__name__}: {error}")


# Queues


def rfc_date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


def message_xml(message, kind):
    text = f"<MessageId>{message['id']}</MessageId><InsertionTime>{rfc_date(message['inserted'])}</InsertionTime>"
    text += "<ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime>"
    if kind != "peek":
        text += f"<PopReceipt>{escape(message['receipt'])}</PopReceipt>"
        text += f"<TimeNextVisible>{rfc_date(message['visible'])}</TimeNextVisible>"
    if kind != "put":
        text += f"<DequeueCount>{message['count']}</DequeueCount><MessageText>{escape(message['text'])}</MessageText>"
    return f"<QueueMessage>{text}</QueueMessage>"


def messages_xml(messages, kind):
    text = "".join(message_xml(message, kind) for message in messages)
    return f'<?xml version="1.0" encoding="utf-8"?><QueueMessagesList>{text}</QueueMessagesList>'.encode()


def number(request, name, default, low, high):
    value = int(request.query.get(name, default))
    if not low <= value <= high:
        raise Refusal(400, "OutOfRangeQueryParameterValue", f"{name} is {value}")
    return value


def message_text(body):
    text = ElementTree.fromstring(body).findtext("MessageText") or ""
    if len(text.encode()) > MAX_TEXT:
        raise Refusal(413, "RequestBodyTooLarge", "The request body is too large")
    return text


def receipt():
    return base64.b64encode(secrets.token_bytes(12)).decode()


def queue_service(request):
    authorize(request, "queue")
    name, _, rest = request.path.lstrip("/").partition("/")
    command, xml = request.command, [("Content-Type", "application/xml")]
    if not re.fullmatch(r"[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]", name):
        raise Refusal(400, "InvalidResourceName", name)
    if not rest and command == "PUT":
        exists = name in queues
        queues.setdefault(name, [])
        return 204 if exists else 201, [], b""
    if name not in queues:
        raise Refusal(404, "QueueNotFound", "The specified queue does not exist.")
    queue = queues[name]
    if not rest and command == "DELETE":
        del queues[name]
        return 204, [], b""
    if not rest:
        return 200, [("x-ms-approximate-messages-count", str(len(queue)))], b""
    if rest == "messages" and command == "DELETE":
        queue.clear()
        return 204, [], b""
    now = request.now
    if rest == "messages" and command == "POST":
        delay = number(request, "visibilitytimeout", 0, 0, 604800)
        message = {"id": str(uuid.uuid4()), "text": message_text(request.body), "inserted": now, "count": 0,
                   "receipt": receipt(), "visible": now + delay}
        queue.append(message)
        return 201, xml, messages_xml([message], "put")
    if rest == "messages":
        limit = number(request, "numofmessages", 1, 1, 32)
        visible = list(itertools.islice((message for message in queue if message["visible"] <= now), limit))
        if request.query.get("peekonly") == "true":
            return 200, xml, messages_xml(visible, "peek")
        timeout = number(request, "visibilitytimeout", 30, 1, 604800)
        for message in visible:
            message.update(count=message["count"] + 1, receipt=receipt(), visible=now + timeout)
        return 200, xml, messages_xml(visible, "get")
    message = next((message for message in queue if message["id"] == rest.partition("/")[2]), None)
    if not message:
        raise Refusal(404, "MessageNotFound", "The specified message does not exist.")
    if message["receipt"] != request.query.get("popreceipt"):
        raise Refusal(400, "PopReceiptMismatch", "The specified pop receipt did not match the pop receipt.")
    if command == "DELETE":
        queue.remove(message)
        return 204, [], b""
    if request.body:
        message["text"] = message_text(request.body)
    message.update(receipt=receipt(), visible=now + number(request, "visibilitytimeout", "", 0, 604800))
    return 204, [("x-ms-popreceipt", message["receipt"]), ("x-ms-time-next-visible", rfc_date(message["visible"]))], b""


# Tables


def entity_json(request, table, entity):
    values = dict(entity["values"])
    moment = datetime.fromtimestamp(entity["time"], timezone.utc)
    values["Timestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
    if "nometadata" in request.fields.get("accept", ""):
        return {name: value for name, value in values.items() if not name.endswith("@odata.type")}
    values["odata.etag"] = entity["tag"]
    return values


def table_service(request):
    authorize(request, "table")
    command, path = request.command, request.path.lstrip("/")
    json_type = [("Content-Type", "application/json")]
    quiet = "return-no-content" in request.fields.get("prefer", "")
    if path == "Tables" and command == "POST":
        name = json.loads(request.body)["TableName"]
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,62}", name):
            raise Refusal(400, "InvalidResourceName", name)
        if name in tables:
            raise Refusal(409, "TableAlreadyExists", "The table specified already exists.")
        tables[name] = {}
        return (204, [], b"") if quiet else (201, json_type, json.dumps({"TableName": name}).encode())
    found = re.fullmatch(r"([A-Za-z0-9]+)(?:\((?:PartitionKey='(.*)',\s*RowKey='(.*)')?\))?", path, re.S)
    if not found or found[1] not in tables:
        raise Refusal(404, "TableNotFound", "The table specified does not exist.")
    table = tables[found[1]]
    if command == "POST":
        values = json.loads(request.body)
        key = (values["PartitionKey"], values["RowKey"])
        check_key(key)
        if key in table:
            raise Refusal(409, "EntityAlreadyExists", "The specified entity already exists.")
        tag = store(request, table, key, values)
        headers = [("ETag", tag)]
        return (204, headers, b"") if quiet else (201, headers + json_type, json.dumps(values).encode())
    if found[2] is None:
        values = [entity_json(request, table, entity) for entity in table.values()]
        return 200, json_type, json.dumps({"value": values}).encode()
    key = (found[2].replace("''", "'"), found[3].replace("''", "'"))
    entity, match = table.get(key), request.fields.get("if-match")
    if command == "GET":
        if not entity:
            raise Refusal(404, "ResourceNotFound", "The specified resource does not exist.")
        body = json.dumps(entity_json(request, table, entity)).encode()
        return 200, json_type + [("ETag", entity["tag"])], body
    if match and not entity or command == "DELETE" and not entity:
        raise Refusal(404, "ResourceNotFound", "The specified resource does not exist.")
    if command == "DELETE" and not match:
        raise Refusal(400, "MissingRequiredHeader", "If-Match")
    if match and match != "*" and match != entity["tag"]:
        raise Refusal(412, "UpdateConditionNotSatisfied", "The update condition was not satisfied.")
    if command == "DELETE":
        del table[key]
        return 204, [], b""
    values = json.loads(request.body)
    if command in ("MERGE", "PATCH") and entity:
        values = {**entity["values"], **values}
    return 204, [("ETag", store(request, table, key, values))], b""


def check_key(key):
    if any(re.search(r"[/\\#?\x00-\x1f\x7f-\x9f]", part) or len(part.encode()) > 1024 for part in key):
        raise Refusal(400, "PropertyValueTooLarge" if len(str(key)) > 1024 else "OutOfRangeInput", str(key)[:100])


def store(request, table, key, values):
    kinds = {"Edm.Int64": lambda text: int(text), "Edm.Binary": lambda text: base64.b64decode(text, validate=True),
             "Edm.DateTime": lambda text: datetime.fromisoformat(text.replace("Z", "+00:00"))}
    for name, kind in values.items():
        if name.endswith("@odata.type"):
            try:
                kinds.get(kind, str)(values[name[:-11]])
            except (ValueError, KeyError, TypeError, binascii.Error):
                raise Refusal(400, "InvalidInput", f"{name} is {kind}")
    tag = f"W/\"datetime'{next(versions)}'\""
    values = dict(values, PartitionKey=key[0], RowKey=key[1])
    table[key] = {"values": values, "tag": tag, "time": request.now}
    return tag


# Key Vault


def vault_service(request):
    check_token(request, VAULT)
    if not re.fullmatch(r"7\.[0-9]|20[0-9-]{8}", request.query.get("api-version", "")):
        raise Refusal(400, "BadParameter", "api-version")
    command, parts = request.command, request.path.strip("/").split("/")
    kind = [("Content-Type", "application/json")]
    base = "https://vault.test/secrets"
    if parts == ["secrets"]:
        names, first = sorted(vault), int(request.query.get("$skiptoken", 0))
        size = int(request.query.get("maxresults", 25))
        page = [{"id": f"{base}/{name}", "attributes": {"enabled": vault[name]["enabled"]}}
                for name in names[first:first + size]]
        more = first + size < len(names)
        link = f"https://vault.test/secrets?api-version=7.4&$skiptoken={first + size}&maxresults={size}" if more else None
        return 200, kind, json.dumps({"value": page, "nextLink": link}).encode()
    # As those of Azure, names ignore case.
    name = parts[1].lower()
    if not re.fullmatch(r"[A-Za-z0-9-]{1,127}", name):
        raise Refusal(400, "BadParameter", name)
    if parts[0] == "deletedsecrets":
        if name not in deleted:
            raise Refusal(404, "SecretNotFound", name)
        if command == "DELETE":
            del deleted[name]
            return 204, [], b""
        if command == "POST":
            vault[name] = deleted.pop(name)
        return 200, kind, json.dumps({"id": f"{base}/{name}"}).encode()
    if command == "PUT":
        if name in deleted:
            raise Refusal(409, "Conflict", "Secret is currently in a deleted but recoverable state",
                          [("x-test-inner", "ObjectIsDeletedButRecoverable")])
        body = json.loads(request.body)
        vault[name] = {"value": body["value"], "enabled": body.get("attributes", {}).get("enabled", True)}
    elif name not in vault:
        raise Refusal(404, "SecretNotFound", f"A secret with (name/id) {name} was not found in this key vault.")
    secret = vault[name]
    if command == "DELETE":
        deleted[name] = vault.pop(name)
    elif command == "GET" and not secret["enabled"]:
        raise Refusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.")
    body = {"value": secret["value"], "id": f"{base}/{name}/1", "attributes": {"enabled": secret["enabled"]}}
    if command == "DELETE":
        body.update(recoveryId=f"https://vault.test/deletedsecrets/{name}", scheduledPurgeDate=0, deletedDate=0)
    return 200, kind, json.dumps(body).encode()


# Tokens


def issue(resource, client, lifetime=3600):
    token = secrets.token_urlsafe(32)
    tokens[token] = {"resource": resource, "end": time.time() + lifetime, "uses": 1 if client == ONCE else 1 << 60}
    return token


def denied(code, text):
    return 401, [("Content-Type", "application/json")], json.dumps({"error": code, "error_description": text}).encode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_assertion(assertion, address):
    """Why a statement of an application is refused; None if it is not."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    header, claims, signature = assertion.split(".")
    fields, stated = json.loads(decoded(header)), json.loads(decoded(claims))
    pem = certificates.get(fields.get("x5t#S256"))
    if fields.get("alg") != "PS256" or pem is None:
        return "the certificate is not registered"
    now = time.time()
    if not stated["nbf"] <= now < stated["exp"] or stated["iss"] != CLIENT or stated["sub"] != CLIENT:
        return "the statement is too old, or another's"
    if urlsplit(stated["aud"]).path != address or not stated["jti"]:
        return f"the statement is for {stated['aud']}"
    key = x509.load_pem_x509_certificate(pem).public_key()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    key.verify(decoded(signature), f"{header}.{claims}".encode(), pss, hashes.SHA256())
    return None


def entra_service(request):
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if request.path != f"/{TENANT}/oauth2/v2.0/token":
        return denied("invalid_request", "AADSTS90002: there is no such tenant")
    if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
        return denied("invalid_request", "AADSTS900144: a parameter is missing")
    client = form.get("client_id")
    if "client_assertion" in form:
        try:
            reason = check_assertion(form["client_assertion"], request.raw_path)
        except Exception as error:  # Whatever is wrong with it.
            reason = f"{type(error).__name__}: {error}"
        if reason or client != CLIENT:
            return denied("invalid_client", f"AADSTS700027: {reason}")
    elif client not in (CLIENT, ONCE) or form.get("client_secret") != SECRET:
        return denied("invalid_client", "AADSTS7000215: Invalid client secret provided.")
    token = issue(form["scope"][:-len("/.default")], client)
    body = {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
    return 200, [("Content-Type", "application/json")], json.dumps(body).encode()


def identity_service(request):
    is_machine = request.path == "/metadata/identity/oauth2/token" and request.fields.get("metadata") == "true"
    is_function = request.path == "/msi/token" and request.fields.get("x-identity-header") == IDENTITY_SECRET
    version = {True: "2018-02-01", False: "2019-08-01"}[is_machine]
    if not is_machine and not is_function or request.query.get("api-version") != version:
        raise Refusal(400, "invalid_request", "The header field or the version is missing")
    if request.query.get("client_id", CLIENT) != CLIENT:
        raise Refusal(400, "invalid_request", "Identity not found")
    token = issue(request.query["resource"], CLIENT)
    body = {"access_token": token, "expires_on": str(int(time.time()) + 3600), "resource": request.query["resource"],
            "token_type": "Bearer"}
    return 200, [("Content-Type", "application/json")], json.dumps(body).encode()


# Ingestion


def problem_of(item):
    """Why an item is refused: a status and a text; None if it is not."""
    if item.get("iKey") != INSTRUMENTATION_KEY:
        return 400, "Invalid instrumentation key"
    data = item.get("data", {})
    base = data.get("baseData", {})
    expected = {"MessageData": "message", "ExceptionData": "exceptions", "MetricData": "metrics"}
    if base.get("ver") != 2 or not base.get(expected.get(data.get("baseType"))) or "time" not in item:
        return 400, f"{data.get('baseType')} is not valid"
    if len(base.get("message", "")) > 32768 or not all(isinstance(value, str) for value in base.get("properties", {}).values()):
        return 400, "Field 'message' or 'properties' is not valid"
    operation = item.get("tags", {}).get("ai.operation.id")
    if operation is not None and not re.fullmatch("[0-9a-f]{32}", operation):
        return 400, "ai.operation.id is no id of W3C Trace Context"
    if base.get("message", "").startswith("refuse"):
        return 400, "The message is refused"
    return None


def insights_service(request):
    kind = [("Content-Type", "application/json")]
    if request.command == "GET":
        role = request.query["role"]
        return 200, kind, json.dumps([item for item in items if item["tags"].get("ai.cloud.role") == role]).encode()
    if request.fields.get("authorization"):
        check_token(request, "https://monitor.azure.com/")
    lines = [json.loads(line) for line in request.body.decode().splitlines() if line]
    errors = []
    for index, item in enumerate(lines):
        found = problem_of(item)
        if found:
            errors.append({"index": index, "statusCode": found[0], "message": found[1]})
        else:
            items.append(item)
    accepted = len(lines) - len(errors)
    body = {"itemsReceived": len(lines), "itemsAccepted": accepted, "errors": errors}
    return 200 if not errors else 206 if accepted else 400, kind, json.dumps(body).encode()


def test_service(request):
    pem = request.body
    der = base64.b64decode(b"".join(line for line in pem.split(b"\n") if b"-----" not in line))
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    certificates[thumbprint] = pem
    return 204, [], b""


SERVICES = {
    "queue": queue_service, "table": table_service, "vault": vault_service, "entra": entra_service,
    "identity": identity_service, "insights": insights_service, "test": test_service}


def refusal_body(service, refusal):
    if service == "queue":
        text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.text)}</Message></Error>"
        return "application/xml", f'<?xml version="1.0" encoding="utf-8"?>{text}'
    if service == "table":
        error = {"code": refusal.code, "message": {"lang": "en-US", "value": refusal.text}}
        return "application/json", json.dumps({"odata.error": error})
    error = {"code": refusal.code, "message": refusal.text}
    inner = dict(refusal.headers).get("x-test-inner")
    if inner:
        error["innererror"] = {"code": inner}
    return "application/json", json.dumps({"error": error})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Date", rfc_date(self.now))
        self.send_header("x-ms-request-id", str(uuid.uuid4()))
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def handle_request(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.fields = {name.lower(): value.strip() for name, value in self.headers.items()}
        self.pairs = parse_qsl(parts.query, keep_blank_values=True)
        self.query, self.raw_path = dict(self.pairs), parts.path
        uptime = self.fields.get("x-test-uptime")
        self.now = start + float(uptime) / 1000 if uptime else time.time()
        _, service, rest = (unquote(parts.path) + "/").split("/", 2)
        self.original, self.path = self.path, "/" + rest[:-1]
        try:
            with lock:
                if service not in SERVICES:
                    raise Refusal(404, "NotFound", service)
                result = SERVICES[service](self)
        except Refusal as refusal:
            kind, body = refusal_body(service, refusal)
            code = [("x-ms-error-code", refusal.code)] if service in ("queue", "table") else []
            fields = [field for field in refusal.headers if field[0] != "x-test-inner"]
            result = refusal.status, code + fields + [("Content-Type", kind)], body.encode()
        except (ValueError, KeyError, IndexError, AttributeError, ElementTree.ParseError) as error:
            result = 400, [("x-ms-error-code", "InvalidInput")], f"{type(error).__name__}: {error}".encode()
        self.answer(*result)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_MERGE = handle_request


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    Server(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()
