"""A stand-in for a MongoDB server: MongoDB's wire protocol in front of PyPI's mongomock, in memory, for tests.

What it can show: handshake, SCRAM login, TLS, reads and writes with their errors, cursors and their sessions, indexes,
aggregation as far as mongomock goes, retryable writes, `configureFailPoint` for errors and broken connections, and which
commands were sent.

What it cannot show: how a real server plans queries, replication, change streams, and transactions in earnest. With
--replica-set it says that it is a replica set of one member; a transaction then keeps all other commands waiting until it
ends, and an aborted one puts the old documents back. Tests look at the commands of transactions, not at their isolation.

    mongo_wire.py --port N [--user U --password P] [--replica-set NAME [--secondary]] [--cert FILE --key FILE]
"""
import argparse
import asyncio
import base64
import collections
import copy
import datetime
import hashlib
import hmac
import itertools
import os
import ssl
import struct
import sys

import bson
import mongomock
import mongomock.filtering
import pymongo
from bson import Int64
from bson.codec_options import CodecOptions, DatetimeConversion

OPTIONS = CodecOptions(document_class=dict, tz_aware=False, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
CLIENT = mongomock.MongoClient(tz_aware=False)
CURSORS = {}
CURSOR_IDS = itertools.count(1001)
MAX_DOCUMENT = 16 * 1024 * 1024
LOG = collections.deque(maxlen=5000)
# What fails, by collection; None for all.
FAIL_POINTS = {}
# The replies of retryable writes, by session and number.
REPLIES = collections.OrderedDict()


def correct_mongomock():
    """Where mongomock differs from MongoDB's manual: truth values are no numbers, `$type` accepts a list, and a path that
    leads through a value without fields is missing."""
    module = mongomock.filtering
    nothing = module.NOTHING

    def is_equal(stored, wanted):
        if stored is nothing:
            return wanted is None
        return isinstance(stored, bool) == isinstance(wanted, bool) and stored == wanted

    def is_in(stored, wanted):
        values = stored + [stored] if isinstance(stored, list) else [stored]
        return any(is_equal(value, one) for value in values for one in wanted)

    def has_type(stored, wanted):
        values = [stored] + stored if isinstance(stored, list) else [stored]
        names = wanted if isinstance(wanted, list) else [wanted]
        tests = [module.TYPE_MAP[name] for name in names]
        return any(test(value) for test in tests if test for value in values)

    original = module.iter_key_candidates

    def candidates(key, document):
        if not key:
            return [document]
        return isinstance(document, (dict, list)) and original(key, document) or [nothing]

    module.iter_key_candidates = candidates
    operators = module._filterer_inst._operator_map
    operators["$eq"] = lambda stored, wanted: is_in(stored, [wanted])
    operators["$in"] = is_in
    operators["$type"] = has_type


class Transactions:
    """One at a time; all other commands wait for its end."""

    def __init__(self):
        self.lock = asyncio.Lock()
        self.owner = None
        self.backup = None

    @staticmethod
    def key(command):
        return (session_of(command), int(command.get("txnNumber", 0)))

    async def begin(self, command):
        await self.lock.acquire()
        self.owner = self.key(command)
        self.backup = {
            name: {c: copy.deepcopy(list(CLIENT[name][c].find())) for c in CLIENT[name].list_collection_names()}
            for name in CLIENT.list_database_names()
        }

    def end(self, restore):
        if restore:
            for name in CLIENT.list_database_names():
                for collection in CLIENT[name].list_collection_names():
                    CLIENT[name][collection].delete_many({})
                    documents = self.backup.get(name, {}).get(collection, [])
                    if documents:
                        CLIENT[name][collection].insert_many(documents)
        self.owner = self.backup = None
        self.lock.release()


TRANSACTIONS = None


class Failure(Exception):
    def __init__(self, code, name, message, labels=None):
        super().__init__(message)
        self.code, self.name, self.labels = code, name, labels


def session_of(command):
    return bytes(command["lsid"]["id"]) if "lsid" in command else None


def hello(config, legacy):
    reply = {
        "helloOk": True, "maxBsonObjectSize": MAX_DOCUMENT, "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000,
        "localTime": datetime.datetime.utcnow(), "logicalSessionTimeoutMinutes": 30, "connectionId": 1,
        "minWireVersion": 0, "maxWireVersion": 13, "readOnly": False, "ok": 1.0,
    }
    reply["ismaster" if legacy else "isWritablePrimary"] = not config.secondary
    if config.replica_set:
        me = f"127.0.0.1:{config.advertise or config.port}"
        reply.update({"setName": config.replica_set, "setVersion": 1, "hosts": [me], "me": me,
                      "secondary": config.secondary})
        if not config.secondary:
            reply.update({"primary": me, "electionId": bson.ObjectId("7fffffff0000000000000001")})
    return reply


def cursor_reply(command, namespace, documents, batch, single=False):
    count = 101 if batch is None else int(batch)
    first, rest, cursor = documents[:count], documents[count:], 0
    if rest and not single:
        cursor = next(CURSOR_IDS)
        CURSORS[cursor] = (namespace, rest, session_of(command))
    return {"cursor": {"id": Int64(cursor), "ns": namespace, "firstBatch": first}, "ok": 1.0}


def sort_of(spec):
    return [(name, int(value)) for name, value in (spec or {}).items()]


def write_error(index, error):
    if isinstance(error, Failure):
        return {"index": index, "code": error.code, "errmsg": str(error)}
    code = 11000 if isinstance(error, mongomock.DuplicateKeyError) else getattr(error, "code", None) or 2
    return {"index": index, "code": int(code), "errmsg": str(error)}


def check_size(document):
    if len(bson.encode(document)) > MAX_DOCUMENT:
        raise Failure(10334, "BSONObjectTooLarge", "BSONObj size is invalid (too large)")


def is_update(change):
    return isinstance(change, list) or bool(change) and next(iter(change)).startswith("$")


def insert(database, command):
    collection, errors, count = database[command["insert"]], [], 0
    for index, document in enumerate(command["documents"]):
        try:
            check_size(document)
            document.setdefault("_id", bson.ObjectId())
            collection.insert_one(document)
            count += 1
        except Exception as error:
            errors.append(write_error(index, error))
            if command.get("ordered", True):
                break
    return {"n": count, "ok": 1.0, **({"writeErrors": errors} if errors else {})}


def update(database, command):
    collection, errors, count, changed, upserted = database[command["update"]], [], 0, 0, []
    for index, statement in enumerate(command["updates"]):
        try:
            change = statement["u"]
            if not is_update(change):
                check_size(change)
                call = collection.replace_one
            else:
                call = collection.update_many if statement.get("multi") else collection.update_one
            result = call(statement["q"], change, upsert=statement.get("upsert", False))
            count += result.matched_count + (1 if result.upserted_id is not None else 0)
            changed += result.modified_count or 0
            if result.upserted_id is not None:
                upserted.append({"index": index, "_id": result.upserted_id})
        except Exception as error:
            errors.append(write_error(index, error))
            if command.get("ordered", True):
                break
    return {"n": count, "nModified": changed, "ok": 1.0, **({"upserted": upserted} if upserted else {}),
            **({"writeErrors": errors} if errors else {})}


def delete(database, command):
    collection, count = database[command["delete"]], 0
    for statement in command["deletes"]:
        call = collection.delete_one if statement.get("limit") == 1 else collection.delete_many
        count += call(statement["q"]).deleted_count
    return {"n": count, "ok": 1.0}


def find(database, command):
    name = command["find"]
    cursor = database[name].find(command.get("filter") or {}, command.get("projection") or None)
    if command.get("sort"):
        cursor = cursor.sort(sort_of(command["sort"]))
    documents = list(cursor)[int(command.get("skip") or 0):]
    limit = abs(int(command.get("limit") or 0))
    if limit:
        documents = documents[:limit]
    return cursor_reply(
        command, f"{database.name}.{name}", documents, command.get("batchSize"), command.get("singleBatch"))


def get_more(database, command):
    cursor = int(command["getMore"])
    if cursor not in CURSORS:
        raise Failure(43, "CursorNotFound", f"cursor id {cursor} not found")
    namespace, rest, owner = CURSORS[cursor]
    # As real servers do. They let any session kill a cursor.
    session = session_of(command)
    if session != owner:
        code = 50736 if owner is None else 50737 if session is None else 50738
        raise Failure(code, f"Location{code}", f"Cannot run getMore on cursor {cursor} in another session")
    del CURSORS[cursor]
    count = int(command.get("batchSize") or len(rest))
    if rest[count:]:
        CURSORS[cursor] = (namespace, rest[count:], owner)
    identity = Int64(cursor if rest[count:] else 0)
    return {"cursor": {"id": identity, "ns": namespace, "nextBatch": rest[:count]}, "ok": 1.0}


def kill_cursors(database, command):
    killed = [cursor for cursor in command["cursors"] if CURSORS.pop(int(cursor), None)]
    return {"cursorsKilled": killed, "cursorsNotFound": [], "cursorsAlive": [], "cursorsUnknown": [], "ok": 1.0}


def aggregate(database, command):
    name = command["aggregate"]
    if not isinstance(name, str):
        raise Failure(40573, "Location40573", "The $changeStream stage is only supported on replica sets")
    for stage in command["pipeline"]:
        if next(iter(stage), "") == "$nonsense":
            raise Failure(40324, "Location40324", "Unrecognized pipeline stage name: '$nonsense'")
    documents = list(database[name].aggregate(command["pipeline"]))
    return cursor_reply(
        command, f"{database.name}.{name}", documents, (command.get("cursor") or {}).get("batchSize"))


def count(database, command):
    options = {name: int(command[name]) for name in ("limit", "skip") if command.get(name)}
    return {"n": database[command["count"]].count_documents(command.get("query") or {}, **options), "ok": 1.0}


def distinct(database, command):
    values = database[command["distinct"]].distinct(command["key"], command.get("query") or {})
    return {"values": values, "ok": 1.0}


def find_and_modify(database, command):
    collection = database[command.get("findAndModify") or command.get("findandmodify")]
    query = command.get("query") or {}
    options = {"sort": sort_of(command.get("sort")) or None, "projection": command.get("fields") or None}
    if command.get("remove"):
        document = collection.find_one_and_delete(query, **options)
        return {"value": document, "lastErrorObject": {"n": 1 if document else 0}, "ok": 1.0}
    change = command["update"]
    existed = collection.find_one(query, sort=options["sort"])
    call = collection.find_one_and_update if is_update(change) else collection.find_one_and_replace
    if not is_update(change):
        check_size(change)
    document = call(query, change, upsert=command.get("upsert", False), return_document=bool(command.get("new")), **options)
    state = {"n": 1 if existed or command.get("upsert") else 0, "updatedExisting": bool(existed)}
    if not existed and command.get("upsert"):
        state["upserted"] = document["_id"] if document else None
    return {"value": document, "lastErrorObject": state, "ok": 1.0}


def create_indexes(database, command):
    collection = database[command["createIndexes"]]
    before = max(1, len(collection.index_information()))
    for index in command["indexes"]:
        options = {
            name: index[name]
            for name in ("name", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression") if name in index
        }
        keys = [(name, value if isinstance(value, str) else int(value)) for name, value in index["key"].items()]
        collection.create_index(keys, **options)
    after = max(1, len(collection.index_information()))
    return {"numIndexesBefore": before, "numIndexesAfter": after, "createdCollectionAutomatically": False, "ok": 1.0}


def list_indexes(database, command):
    name = command["listIndexes"]
    if name not in database.list_collection_names():
        raise Failure(26, "NamespaceNotFound", f"ns does not exist: {database.name}.{name}")
    indexes = dict(database[name].index_information())
    indexes.setdefault("_id_", {"key": [("_id", 1)]})
    documents = [
        {"v": 2, "key": dict(value["key"]), "name": key,
         **{option: value[option] for option in value if option not in ("key", "v", "ns")}}
        for key, value in indexes.items()
    ]
    return cursor_reply(command, f"{database.name}.$cmd.listIndexes.{name}", documents, None)


def drop_indexes(database, command):
    collection, index = database[command["dropIndexes"]], command["index"]
    collection.drop_indexes() if index == "*" else collection.drop_index(index)
    return {"ok": 1.0}


def list_collections(database, command):
    wanted = (command.get("filter") or {}).get("name")
    documents = [
        {"name": name, "type": "collection", "options": {}, "info": {"readOnly": False}}
        for name in database.list_collection_names() if wanted is None or wanted == name
    ]
    return cursor_reply(command, f"{database.name}.$cmd.listCollections", documents, None)


def drop(database, command):
    if command["drop"] not in database.list_collection_names():
        raise Failure(26, "NamespaceNotFound", "ns not found")
    database.drop_collection(command["drop"])
    return {"ok": 1.0}


def create(database, command):
    if command["create"] in database.list_collection_names():
        raise Failure(48, "NamespaceExists", f"Collection {database.name}.{command['create']} already exists.")
    database.create_collection(command["create"])
    return {"ok": 1.0}


def drop_database(database, command):
    CLIENT.drop_database(database.name)
    return {"dropped": database.name, "ok": 1.0}


def list_databases(database, command):
    names = CLIENT.list_database_names()
    return {"databases": [{"name": name, "sizeOnDisk": 1, "empty": False} for name in names], "totalSize": 1, "ok": 1.0}


def configure_fail_point(database, command):
    """As real servers have it with enableTestCommands. The stand-in's own: `afterExecution`, whose reply is lost, and
    `collection`, since tests run at once, each on collections of its own."""
    data = command.get("data") or {}
    FAIL_POINTS[data.get("collection")] = (command["mode"], data)
    return {"ok": 1.0}


def sent_commands(database, command):
    """The commands that were received for a collection; the stand-in's own."""
    return {"commands": [sent for name, sent in LOG if name == command["sentCommands"]][-200:], "ok": 1.0}


def open_cursors(database, command):
    """How many cursors wait for a collection; the stand-in's own."""
    namespace = f"{database.name}.{command['openCursors']}"
    return {"n": sum(1 for name, _, _ in CURSORS.values() if name == namespace), "ok": 1.0}


def done(database, command):
    return {"ok": 1.0}


def build_info(database, command):
    return {"version": "5.0.0-standin", "versionArray": [5, 0, 0, 0], "ok": 1.0}


COMMANDS = {
    "insert": insert, "update": update, "delete": delete, "find": find, "getMore": get_more, "killCursors": kill_cursors,
    "aggregate": aggregate, "count": count, "distinct": distinct, "findAndModify": find_and_modify,
    "findandmodify": find_and_modify, "createIndexes": create_indexes, "listIndexes": list_indexes,
    "dropIndexes": drop_indexes, "deleteIndexes": drop_indexes, "listCollections": list_collections, "drop": drop,
    "create": create, "dropDatabase": drop_database, "listDatabases": list_databases, "ping": done, "endSessions": done,
    "refreshSessions": done, "killSessions": done, "getLastError": done, "killAllSessions": done,
    "buildInfo": build_info, "buildinfo": build_info, "configureFailPoint": configure_fail_point,
    "sentCommands": sent_commands, "openCursors": open_cursors,
    "connectionStatus": lambda d, c: {"authInfo": {"authenticatedUsers": [], "authenticatedUserRoles": []}, "ok": 1.0},
    "whatsmyuri": lambda d, c: {"you": "127.0.0.1:0", "ok": 1.0},
}
FREE = {"hello", "isMaster", "ismaster", "saslStart", "saslContinue", "ping", "buildInfo", "buildinfo", "endSessions"}


def failure_of(name, command):
    """What a fail point says of a command; None for nothing."""
    for collection in (command.get("collection"), command.get(name), None):
        mode, data = FAIL_POINTS.get(collection, ("off", {}))
        if mode == "off" or name not in data.get("failCommands", []):
            continue
        if isinstance(mode, dict):
            if int(mode.get("times", 0)) <= 0:
                continue
            mode["times"] = int(mode["times"]) - 1
        return data
    return None


class Connection:
    def __init__(self, config):
        self.config, self.is_known, self.scram = config, not config.user, None

    def sasl_start(self, command):
        mechanism = command["mechanism"]
        if mechanism not in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
            raise Failure(334, "MechanismUnavailable", f"unsupported {mechanism}")
        digest = "sha256" if mechanism.endswith("256") else "sha1"
        bare = bytes(command["payload"]).decode().split(",", 2)[2]
        fields = dict(part.split("=", 1) for part in bare.split(","))
        password = self.config.password.encode()
        if digest == "sha1":
            password = hashlib.md5(f"{self.config.user}:mongo:{self.config.password}".encode()).hexdigest().encode()
        # libmongoc insists on these sizes.
        salt, rounds = os.urandom(28 if digest == "sha256" else 16), 4096
        nonce = fields["r"] + base64.b64encode(os.urandom(18)).decode()
        first = f"r={nonce},s={base64.b64encode(salt).decode()},i={rounds}"
        self.scram = {
            "digest": digest, "bare": bare, "first": first, "done": False,
            "salted": hashlib.pbkdf2_hmac(digest, password, salt, rounds),
            "user": fields["n"].replace("=2C", ",").replace("=3D", "="),
            "skip": (command.get("options") or {}).get("skipEmptyExchange", False),
        }
        return {"conversationId": 1, "done": False, "payload": first.encode(), "ok": 1.0}

    def sasl_continue(self, command):
        scram = self.scram
        if scram and scram["done"]:
            return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
        start, proof = bytes(command["payload"]).decode().rsplit(",p=", 1)

        def sign(key, message):
            return hmac.new(key, message, scram["digest"]).digest()

        message = f"{scram['bare']},{scram['first']},{start}".encode()
        client_key = sign(scram["salted"], b"Client Key")
        signature = sign(hashlib.new(scram["digest"], client_key).digest(), message)
        is_right = bytes(a ^ b for a, b in zip(client_key, signature)) == base64.b64decode(proof)
        if not is_right or scram["user"] != self.config.user:
            raise Failure(18, "AuthenticationFailed", "Authentication failed.")
        self.is_known = scram["done"] = True
        verifier = base64.b64encode(sign(sign(scram["salted"], b"Server Key"), message)).decode()
        return {"conversationId": 1, "done": scram["skip"], "payload": ("v=" + verifier).encode(), "ok": 1.0}

    async def execute(self, command):
        name, database = next(iter(command)), command.get("$db", "admin")
        try:
            if name in ("hello", "isMaster", "ismaster"):
                return self.greet(name, command)
            if name == "saslStart":
                return self.sasl_start(command)
            if name == "saslContinue":
                return self.sasl_continue(command)
            if not self.is_known and name not in FREE:
                raise Failure(13, "Unauthorized", f"command {name} requires authentication")
            return await self.execute_known(name, database, command)
        except Failure as error:
            labels = {"errorLabels": error.labels} if error.labels else {}
            return {"ok": 0.0, "errmsg": str(error), "code": error.code, "codeName": error.name, **labels}
        except ConnectionError:
            # What a fail point asks for.
            raise
        except pymongo.errors.OperationFailure as error:
            code = 11000 if isinstance(error, mongomock.DuplicateKeyError) else int(error.code or 2)
            return {"ok": 0.0, "errmsg": str(error), "code": code, "codeName": type(error).__name__}
        except Exception as error:
            return {"ok": 0.0, "errmsg": f"{type(error).__name__}: {error}", "code": 2, "codeName": "BadValue"}

    def greet(self, name, command):
        reply = hello(self.config, name != "hello")
        if self.config.user and command.get("saslSupportedMechs"):
            reply["saslSupportedMechs"] = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
        if self.config.user and command.get("speculativeAuthenticate"):
            start = self.sasl_start({**command["speculativeAuthenticate"]})
            reply["speculativeAuthenticate"] = {key: start[key] for key in ("conversationId", "done", "payload")}
        return reply

    async def execute_known(self, name, database, command):
        if name not in ("sentCommands", "openCursors", "configureFailPoint"):
            target = command.get("collection") if name == "getMore" else command.get(name)
            size = len(bson.encode(command))
            LOG.append((target, command if size < 100_000 else {name: target, "size": size}))
        if "txnNumber" in command and not self.config.replica_set:
            raise Failure(
                20, "IllegalOperation", "Transaction numbers are only allowed on a replica set member or mongos")
        failure = failure_of(name, command)
        if failure and failure.get("blockConnection"):
            await asyncio.sleep(int(failure.get("blockTimeMS", 0)) / 1000)
        if failure and failure.get("closeConnection") and not failure.get("afterExecution"):
            raise ConnectionResetError
        if failure and "errorCode" in failure:
            code = int(failure["errorCode"])
            raise Failure(code, f"Code{code}", f"Failing command via 'failCommand' failpoint: {code}",
                          failure.get("errorLabels"))
        reply = await self.in_turn(name, database, command)
        if failure and "writeConcernError" in failure:
            reply = {**reply, "writeConcernError": failure["writeConcernError"]}
        if failure and failure.get("afterExecution"):
            raise ConnectionResetError
        return reply

    async def in_turn(self, name, database, command):
        key = Transactions.key(command) if "lsid" in command and "txnNumber" in command else None
        if command.get("startTransaction"):
            await TRANSACTIONS.begin(command)
        if name in ("commitTransaction", "abortTransaction"):
            if TRANSACTIONS.owner == key:
                TRANSACTIONS.end(restore=name == "abortTransaction")
            elif name == "abortTransaction":
                raise Failure(251, "NoSuchTransaction", "there is no such transaction")
            return {"ok": 1.0}
        call = COMMANDS.get(name)
        if not call:
            raise Failure(59, "CommandNotFound", f"no such command: '{name}'")
        if command.get("autocommit") is False:
            if TRANSACTIONS.owner != key:
                raise Failure(251, "NoSuchTransaction", "there is no such transaction", ["TransientTransactionError"])
            try:
                reply = call(CLIENT[database], command)
            except Exception:
                TRANSACTIONS.end(restore=True)
                raise
            if "writeErrors" in reply:
                TRANSACTIONS.end(restore=True)
            return reply
        async with TRANSACTIONS.lock:
            if key in REPLIES:
                return REPLIES[key]
            reply = call(CLIENT[database], command)
            if key:
                REPLIES[key] = reply
                while len(REPLIES) > 1000:
                    REPLIES.popitem(last=False)
            return reply

    def lost(self, session):
        if session and TRANSACTIONS.owner and TRANSACTIONS.owner[0] == session:
            TRANSACTIONS.end(restore=True)


def read_message(body):
    flags = struct.unpack_from("<I", body)[0]
    position, end, command, sequences = 4, len(body) - (4 if flags & 1 else 0), None, {}
    while position < end:
        kind = body[position]
        position += 1
        size = struct.unpack_from("<i", body, position)[0]
        if kind == 0:
            command = bson.decode(body[position:position + size], OPTIONS)
        else:
            stop = body.index(0, position + 4)
            sequences[body[position + 4:stop].decode()] = bson.decode_all(body[stop + 1:position + size], OPTIONS)
        position += size
    command.update(sequences)
    return flags, command


async def serve(reader, writer, config):
    connection, numbers, session = Connection(config), itertools.count(1), None
    try:
        while True:
            length, request, _, operation = struct.unpack("<iiii", await reader.readexactly(16))
            body = await reader.readexactly(length - 16)
            if operation == 2013:
                flags, command = read_message(body)
                session = session_of(command) or session
                reply = await connection.execute(command)
                if not flags & 2:
                    out = b"\0\0\0\0\0" + bson.encode(reply)
                    writer.write(struct.pack("<iiii", 16 + len(out), next(numbers), request, 2013) + out)
            elif operation == 2004:
                stop = body.index(0, 4)
                size = struct.unpack_from("<i", body, stop + 9)[0]
                command = bson.decode(body[stop + 9:stop + 9 + size], OPTIONS)
                command = command.get("$query", command)
                command.setdefault("$db", body[4:stop].decode().split(".")[0])
                out = bson.encode(await connection.execute(command))
                writer.write(struct.pack("<iiii", 36 + len(out), next(numbers), request, 1)
                             + struct.pack("<iqii", 8, 0, 0, 1) + out)
            else:
                print("unsupported opcode", operation, file=sys.stderr)
                break
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        connection.lost(session)
        writer.close()


async def main():
    global TRANSACTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=27017)
    parser.add_argument("--advertise", type=int, help="the port that a replica set names, such as that of a proxy")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--replica-set")
    parser.add_argument("--secondary", action="store_true", help="the one member of the replica set is no primary")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--ca", help="authorities that clients' certificates are checked by; without it none is asked for")
    config = parser.parse_args()
    TRANSACTIONS = Transactions()
    correct_mongomock()
    context = None
    if config.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(config.cert, config.key)
        if config.ca:
            context.load_verify_locations(config.ca)
            context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, config), "127.0.0.1", config.port, ssl=context, limit=2 ** 26)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
