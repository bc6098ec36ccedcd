"""The toolkit's Python edition writes log messages to Elasticsearch: elasticsearch_peer.py PORT INDEX"""
import sys

from pip_services4_commons.errors import NotFoundException
from pip_services4_components.config import ConfigParams
from pip_services4_components.context import Context
from pip_services4_elasticsearch.log import ElasticSearchLogger

port, index = sys.argv[1:3]
logger = ElasticSearchLogger()
logger.configure(ConfigParams.from_tuples(
    "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", port, "index", index,
    "source", "peer", "level", "trace"))
logger.open(None)
context = Context.from_trace_id("trace 1")
logger.info(context, "Hello")
logger.error(context, NotFoundException("trace 1", "NOT_THERE", "It is not there"), "Failed")
logger.dump()
logger.close(None)
print("RESULT done")
