"""A stand-in for Elasticsearch 7 and 8: elasticsearch.py [--user NAME:PASSWORD] [--key KEY] [--tls CERT KEY] [--legacy] PORT

It keeps in memory what the log driver and the official clients need: _bulk, documents, indexes with mappings, index
templates, _count, _search by term, _refresh. With --legacy it knows no composable templates, as before version 7.8.
What a test asks for by PUT /_test happens to the next requests:
{"status": 503, "retry_after": 1, "times": 2, "path": "/_bulk"} answers them so, {"busy": 2} refuses two items of the next
bulk, {"limit": 1000} refuses larger bodies for good.
"""
import base64
import fnmatch
import gzip
import json
import re
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

lock = threading.Lock()
indexes, templates, legacy_templates, faults, requests = {}, {}, {}, {}, []
options = {"user": None, "key": None, "legacy": False}


class Refusal(Exception):
    def __init__(self, status, kind, reason):
        self.status = status
        cause = {"type": kind, "reason": reason}
        self.body = {"error": {"root_cause": [cause], **cause}, "status": status}


def create_index(name, body=None):
    if name != name.lower() or re.search(r'[\\/*?"<>| ,#:]', name) or name[0] in "-_+":
        raise Refusal(400, "invalid_index_name_exception", f"Invalid index name [{name}]")
    index = {"mappings": {"properties": {}}, "settings": {}, "docs": {}}
    found = [t for t in templates.values() if matches(name, t)]
    parts = [t["template"] for t in sorted(found, key=lambda t: t.get("priority", 0))[-1:]]
    parts = parts or [t for t in legacy_templates.values() if matches(name, t)]
    for part in parts + [body or {}]:
        mapping = part.get("mappings", {})
        if mapping and "properties" not in mapping and len(mapping) == 1:
            mapping = next(iter(mapping.values()))
        index["mappings"]["properties"].update(mapping.get("properties", {}))
        index["settings"].update(part.get("settings", {}))
    indexes[name] = index
    return index


def matches(name, template):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in template["index_patterns"])


def learn(properties, path, value):
    """Refuses a value that does not fit the mapping, and adds what the mapping does not know."""
    for key, part in value.items():
        if part is None:
            continue
        known = properties.get(key)
        if isinstance(part, dict):
            known = properties.setdefault(key, {"type": "object"})
            if known.get("type", "object") != "object":
                raise conflict(path + key, known["type"], part)
            learn(known.setdefault("properties", {}), path + key + ".", part)
            continue
        kind = (known or {}).get("type") or ("object" if "properties" in (known or {}) else None)
        if kind is None:
            kinds = {bool: "boolean", int: "long", float: "float"}
            properties[key] = {"type": kinds.get(type(part), "text")}
        elif kind == "object" and not isinstance(part, list):
            raise conflict(path + key, kind, part)
        elif kind in ("long", "integer") and not re.fullmatch(r"-?\d+(\.\d+)?", str(part)):
            raise conflict(path + key, kind, part)
        elif kind == "date" and not re.match(r"\d{4}-\d\d-\d\d", str(part)):
            raise conflict(path + key, kind, part)


def conflict(field, kind, value):
    return Refusal(
        400, "mapper_parsing_exception", f"failed to parse field [{field}] of type [{kind}]. Preview: '{value}'")


def put(name, key, source):
    if not isinstance(source, dict):
        raise Refusal(400, "mapper_parsing_exception", "failed to parse")
    index = indexes.get(name) or create_index(name)
    learn(index["mappings"]["properties"], "", source)
    old = index["docs"].get(key)
    version = old["version"] + 1 if old else 1
    index["docs"][key] = {"source": source, "version": version}
    return {"_index": name, "_id": key, "_version": version, "result": "updated" if old else "created",
            "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": version, "_primary_term": 1}


def bulk(default, raw):
    if not raw.endswith(b"\n"):
        raise Refusal(400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]")
    lines = iter(raw.split(b"\n")[:-1])
    items = []
    for line in lines:
        try:
            (action, meta), = json.loads(line).items()
            source = json.loads(next(lines))
        except (ValueError, StopIteration):
            raise Refusal(400, "illegal_argument_exception", "Malformed action/metadata line") from None
        name, key = meta.get("_index", default), meta.get("_id") or f"auto-{len(requests)}-{len(items)}"
        try:
            if faults.get("busy", 0) > 0:
                faults["busy"] -= 1
                raise Refusal(429, "es_rejected_execution_exception", "rejected execution of coordinating operation")
            result = put(name, key, source)
            items.append({action: {**result, "status": 201 if result["result"] == "created" else 200}})
        except Refusal as refusal:
            error = {k: v for k, v in refusal.body["error"].items() if k != "root_cause"}
            items.append({action: {"_index": name, "_id": key, "status": refusal.status, "error": error}})
    errors = any("error" in result for item in items for result in item.values())
    return {"took": 1, "errors": errors, "items": items}


def resolve(expression):
    found = [name for part in expression.split(",") for name in indexes if fnmatch.fnmatchcase(name, part)]
    if not found and "*" not in expression:
        raise Refusal(404, "index_not_found_exception", f"no such index [{expression}]")
    return found


def hits(expression, query):
    (kind, body), = (query or {"match_all": {}}).items()
    if kind not in ("match_all", "term", "ids"):
        raise Refusal(400, "parsing_exception", f"unknown query [{kind}]")
    for name in resolve(expression):
        for key, document in indexes[name]["docs"].items():
            if kind == "ids" and key not in body["values"]:
                continue
            if kind == "term":
                (field, wanted), = body.items()
                value = document["source"]
                for part in field.split("."):
                    value = (value or {}).get(part)
                if value != (wanted["value"] if isinstance(wanted, dict) else wanted):
                    continue
            yield {"_index": name, "_id": key, "_score": 1.0, "_source": document["source"]}


def route(method, path, raw):
    def body():
        return json.loads(raw) if raw.strip() else {}

    first = path[0] if path else ""
    if not path:
        return 200, {"name": "stand-in", "cluster_name": "stand-in", "cluster_uuid": "stand-in", "tagline":
                     "You Know, for Search", "version": {"number": "7.17.0", "build_flavor": "default",
                                                         "lucene_version": "8.11.1",
                                                         "minimum_wire_compatibility_version": "6.8.0",
                                                         "minimum_index_compatibility_version": "6.0.0-beta1"}}
    if first == "_bulk":
        return 200, bulk(None, raw)
    if first in ("_index_template", "_template") and len(path) == 2:
        if first == "_index_template" and options["legacy"]:
            raise Refusal(400, "illegal_argument_exception", "no handler found for uri")
        table = templates if first == "_index_template" else legacy_templates
        if method in ("PUT", "POST"):
            template = body()
            if first == "_index_template" and set(template) - {"index_patterns", "priority", "template"}:
                raise Refusal(400, "x_content_parse_exception", "unknown field")
            table[path[1]] = template
            return 200, {"acknowledged": True}
        if path[1] not in table:
            return 404, {}
        if first == "_template":
            return 200, {path[1]: table[path[1]]}
        return 200, {"index_templates": [{"name": path[1], "index_template": table[path[1]]}]}
    if first in ("_search", "_count", "_refresh"):
        path = ["*"] + path
    name, action = path[0], path[1] if len(path) > 1 else ""
    if action == "_bulk":
        return 200, bulk(name, raw)
    if action in ("_doc", "_create") and method in ("PUT", "POST"):
        result = put(name, path[2] if len(path) > 2 else f"auto-{len(requests)}", body())
        return (201 if result["result"] == "created" else 200), result
    if action == "_doc":
        document = indexes.get(name, {"docs": {}})["docs"].get(path[2])
        if document is None:
            return 404, {"_index": name, "_id": path[2], "found": False}
        return 200, {"_index": name, "_id": path[2], "_version": document["version"], "found": True,
                     "_seq_no": 1, "_primary_term": 1, "_source": document["source"]}
    if action == "_count":
        count = len(list(hits(name, body().get("query"))))
        return 200, {"count": count, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}}
    if action == "_search":
        question = body()
        found = list(hits(name, question.get("query")))
        return 200, {"took": 1, "timed_out": False,
                     "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
                     "hits": {"total": {"value": len(found), "relation": "eq"}, "max_score": 1.0,
                              "hits": found[:question.get("size", 10)]}}
    if action == "_refresh":
        return 200, {"_shards": {"total": 1, "successful": 1, "failed": 0}}
    if action == "_mapping":
        return 200, {n: {"mappings": indexes[n]["mappings"]} for n in resolve(name)}
    if len(path) == 1 and method == "HEAD":
        return (200 if name in indexes else 404), None
    if len(path) == 1 and method == "PUT":
        if name in indexes:
            raise Refusal(400, "resource_already_exists_exception", f"index [{name}] already exists")
        create_index(name, body())
        return 200, {"acknowledged": True, "shards_acknowledged": True, "index": name}
    if len(path) == 1 and method == "DELETE":
        for found in resolve(name):
            del indexes[found]
        return 200, {"acknowledged": True}
    if len(path) == 1 and method == "GET":
        return 200, {n: {"aliases": {}, "mappings": indexes[n]["mappings"],
                         "settings": {"index": indexes[n]["settings"]}} for n in resolve(name)}
    raise Refusal(400, "illegal_argument_exception", f"no handler found for uri [/{'/'.join(path)}] and method [{method}]")


def fault(path, raw):
    """What a test asked for, if it is this request's turn."""
    if "limit" in faults and len(raw) > faults["limit"]:
        return 413, {"error": "Request Entity Too Large"}, {}
    if faults.get("times", 0) <= 0 or not path.startswith(faults.get("path", "/")):
        return None
    faults["times"] -= 1
    headers = {"Retry-After": str(faults["retry_after"])} if "retry_after" in faults else {}
    return faults["status"], {"error": {"type": "fault", "reason": "asked for"}, "status": faults["status"]}, headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def authorized(self):
        sent = self.headers.get("Authorization")
        if options["user"]:
            return sent == "Basic " + base64.b64encode(options["user"].encode()).decode()
        return not options["key"] or sent == "ApiKey " + options["key"]

    def answer(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        headers = {}
        with lock:
            if path == "/_test":
                if self.command == "PUT":
                    faults.clear()
                    faults.update(json.loads(raw))
                return self.send(200, {"requests": requests, "templates": templates, "legacy": legacy_templates}, {})
            requests.append(f"{self.command} {self.path}")
            try:
                if not self.authorized():
                    raise Refusal(401, "security_exception", "missing authentication credentials")
                kind = (self.headers.get("Content-Type") or "").split(";")[0]
                if raw and not re.fullmatch(r"application/(vnd\.elasticsearch\+)?(x-nd)?json", kind):
                    raise Refusal(406, "media_type_header_exception", f"Content-Type header [{kind}] is not supported")
                planned = fault(path, raw)
                if planned:
                    status, body, headers = planned
                else:
                    status, body = route(self.command, [unquote(part) for part in path.split("/") if part], raw)
            except Refusal as refusal:
                status, body = refusal.status, refusal.body
            except json.JSONDecodeError as error:
                status, body = 400, {"error": {"type": "json_parse_exception", "reason": str(error)}, "status": 400}
        self.send(status, body, headers)

    def send(self, status, body, headers):
        data = b"" if body is None or self.command == "HEAD" else json.dumps(body).encode()
        self.send_response(status)
        compatible = "vnd.elasticsearch" in (self.headers.get("Accept") or "")
        self.send_header(
            "Content-Type",
            "application/vnd.elasticsearch+json;compatible-with=8" if compatible else "application/json")
        self.send_header("X-Elastic-Product", "Elasticsearch")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer


def main():
    words, files = sys.argv[1:], None
    while len(words) > 1:
        word = words.pop(0)
        if word == "--legacy":
            options["legacy"] = True
        elif word == "--tls":
            files = words.pop(0), words.pop(0)
        else:
            options[word[2:]] = words.pop(0)
    server = ThreadingHTTPServer(("127.0.0.1", int(words[0])), Handler)
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


main()
