"""The toolkit's Python edition beside ours on one memcached: memcached_peer.py HOST PORT PREFIX

Reads what the test has stored under PREFIX, and leaves what the test reads afterwards.
"""
import sys

from pip_services4_components.config import ConfigParams
from pip_services4_memcached.cache import MemcachedCache
from pip_services4_memcached.lock import MemcachedLock

host, port, prefix = sys.argv[1:4]
value = {"name": "Grüße 🌍", "count": 3, "tags": ["a", None], "ratio": 0.5, "on": True}
config = ConfigParams.from_tuples("connection.host", host, "connection.port", port)

cache = MemcachedCache()
cache.configure(config)
cache.open(None)
read = cache.retrieve(None, prefix + ".ours")
assert read == value, read
assert cache.retrieve(None, prefix + ".none") is None
cache.store(None, prefix + ".theirs", value, 600000)

lock = MemcachedLock()
lock.configure(config)
lock.open(None)
assert lock.try_acquire_lock(None, prefix + ".lock.ours", 600000) is False
assert lock.try_acquire_lock(None, prefix + ".lock.theirs", 600000) is True
assert lock.try_acquire_lock(None, prefix + ".lock.free", 600000) is True
lock.release_lock(None, prefix + ".lock.free")
cache.close(None)
lock.close(None)
print("All as expected.")
