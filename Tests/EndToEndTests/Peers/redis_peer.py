"""The toolkit's Python edition beside ours on one Redis: redis_peer.py PORT PREFIX STEP

Reads or writes what is under PREFIX, or tries its lock; prints what came of it behind RESULT.
"""
import sys
from pip_services4_components.config import ConfigParams
from pip_services4_redis.cache import RedisCache
from pip_services4_redis.lock import RedisLock
port, prefix, step = sys.argv[1:4]
config = ConfigParams.from_tuples("connection.host", "127.0.0.1", "connection.port", port)
cache, lock = RedisCache(), RedisLock()
for component in (cache, lock):
    component.configure(config)
    component.open(None)
if step == "read":
    print("RESULT", cache.retrieve(None, prefix + "swift").decode())
elif step == "write":
    cache.store(None, prefix + "text", "Hall 1", 600000)
    cache.store(None, prefix + "number", 42, 600000)
    cache.store(None, prefix + "json", '{"id":"1","tags":["a"]}', 600000)
    print("RESULT", lock.try_acquire_lock(None, prefix + "python lock", 600000))
elif step == "lock":
    print("RESULT", lock.try_acquire_lock(None, prefix + "swift lock", 600000))
