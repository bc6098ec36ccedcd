"""A peer of the driver for MongoDB: PyPI's pymongo, and the toolkit's Python edition.

    mongodb_peer.py PORT DATABASE COLLECTION read | write | toolkit
"""
import datetime
import sys
import uuid

import bson
import pymongo
from bson import Binary, Decimal128, Int64, ObjectId

PORT, DATABASE, COLLECTION, STEP = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]

SAMPLE = {
    "small": 7, "large": Int64(1 << 40), "fraction": 1.5, "exact": Decimal128("12345678901234567890.123456789"),
    "time": datetime.datetime(1970, 1, 1) - datetime.timedelta(seconds=86400.5), "bytes": "AP8=",
    "uuid": "c0ffee00-0000-4000-8000-00000000000a", "place": {"city": "Köln"}, "tags": ["a", ""],
    "object": ObjectId("0123456789abcdef01234567"), "binary": Binary(bytes([1, 2, 3]), 128),
}


def collection():
    client = pymongo.MongoClient(f"mongodb://127.0.0.1:{PORT}/?serverSelectionTimeoutMS=10000")
    return client[DATABASE][COLLECTION]


def read():
    document = collection().find_one({"_id": "1"})
    for name, value in SAMPLE.items():
        assert document[name] == value, (name, document[name], value)
        assert type(document[name]) is type(value), (name, type(document[name]))
    assert "missing" not in document
    assert set(document) == set(SAMPLE) | {"_id", "_order"}, document
    # The query that the driver is to be asked for is found by the server too.
    assert collection().count_documents({"exact": SAMPLE["exact"], "time": {"$lt": datetime.datetime(1970, 1, 1)}}) == 1
    return "ok"


def write():
    document = {**SAMPLE, "_id": "2"}
    # Native forms that our type reads too.
    document["bytes"] = Binary(bytes([0, 255]))
    document["uuid"] = Binary.from_uuid(uuid.UUID(SAMPLE["uuid"]))
    document["large"] = float(1 << 40)
    document["small"] = Int64(7)
    collection().insert_one(document)
    return "ok"


def toolkit():
    from pip_services4_components.config import ConfigParams
    from pip_services4_components.context import Context
    from pip_services4_mongodb.persistence import IdentifiableMongoDbPersistence

    class Note:
        def __init__(self, id, key, content):
            self.id, self.key, self.content = id, key, content

    class Notes(IdentifiableMongoDbPersistence):
        def __init__(self):
            super().__init__(COLLECTION)

    context = Context.from_trace_id("peer")
    notes = Notes()
    notes.configure(ConfigParams.from_tuples(
        "connection.host", "127.0.0.1", "connection.port", PORT, "connection.database", DATABASE))
    notes.open(context)
    try:
        found = notes.get_one_by_id(context, "1")
        found = found if isinstance(found, dict) else vars(found)
        assert found["key"] == "k1" and found["content"] == "Swift", found
        assert found.get("id") == "1", found
        notes.create(context, Note("2", "k2", "Python"))
        from pip_services4_commons.data import AnyValueMap
        notes.update_partially(context, "1", AnyValueMap({"content": "changed"}))
    finally:
        notes.close(context)
    return "ok"


print("RESULT", {"read": read, "write": write, "toolkit": toolkit}[STEP]())
