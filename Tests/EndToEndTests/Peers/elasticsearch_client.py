"""The official client of Elasticsearch against a server: elasticsearch_client.py URL [FOLDER]

FOLDER holds another version of the client than that of the environment. Prints what came of it behind RESULT.
"""
import json
import sys
import warnings

warnings.simplefilter("ignore")
if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])
import elasticsearch
from elasticsearch import Elasticsearch, helpers

client = Elasticsearch(sys.argv[1])
index = f"clients-{elasticsearch.__version__[0]}"
assert client.info()["version"]["number"]
assert not client.indices.exists(index=index)
client.indices.put_index_template(
    name=index,
    body={"index_patterns": [index + "*"], "priority": 300,
          "template": {"mappings": {"properties": {"n": {"type": "integer"}, "at": {"type": "date"}}}}})
assert client.indices.get_index_template(name=index)["index_templates"][0]["name"] == index
actions = [{"_index": index, "_id": str(i), "_source": {"n": i, "at": "2026-01-31T00:00:00.000Z"}} for i in range(20)]
assert helpers.bulk(client, actions)[0] == 20
assert helpers.bulk(client, actions)[0] == 20, "the same ids again"
kept, errors = helpers.bulk(
    client, [{"_index": index, "_id": "x", "_source": {"n": "no number"}}, actions[0]], raise_on_error=False)
assert kept == 1 and errors[0]["index"]["status"] == 400, errors
assert errors[0]["index"]["error"]["type"] in ("mapper_parsing_exception", "document_parsing_exception"), errors
client.indices.refresh(index=index)
assert client.count(index=index)["count"] == 20
assert client.get(index=index, id="7")["_source"]["n"] == 7
found = client.search(index=index, body={"query": {"term": {"n": 7}}})["hits"]["hits"]
assert [hit["_id"] for hit in found] == ["7"], found
mapping = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
assert mapping["n"]["type"] == "integer" and mapping["at"]["type"] == "date", mapping
client.indices.delete(index=index)
assert not client.indices.exists(index=index)
print("RESULT", json.dumps(list(elasticsearch.__version__)))
