"""The toolkit's Python edition counts for Prometheus: prometheus_peer.py [PUSHGATEWAY_PORT]

Prints the text for a scraper behind RESULT, and pushes it if there is a port.
"""
import json
import sys

from pip_services4_components.config import ConfigParams
from pip_services4_observability.count import Counter
from pip_services4_prometheus.count import PrometheusCounterConverter, PrometheusCounters

counters = PrometheusCounters()
if len(sys.argv) > 1:
    counters.configure(ConfigParams.from_tuples(
        "connection.protocol", "http", "connection.host", "127.0.0.1", "connection.port", sys.argv[1]))
counters._PrometheusCounters__source, counters._PrometheusCounters__instance = "beacons", "peer"
counters.open(None)
for name in ["beacons.get_beacons.exec_count", "beacons.get_beacons.exec_errors", "target.beacons.get.call_count",
             "queue.events.sent_messages", "a/b.c"]:
    counters.increment(name, 3)
for value in [10, 20, 60]:
    counters.end_timing("beacons.get_beacons.exec_time", value)
    counters.stats("sizes.small", value)
counters.last("level.now", 2.5)
text = PrometheusCounterConverter.to_string(counters.get_all(), "beacons", "peer")
if len(sys.argv) > 1:
    counters.dump()
print("RESULT", json.dumps(text))
