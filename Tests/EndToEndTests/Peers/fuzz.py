"""What all fuzzers share."""

import random
import sys
import threading
import time


class Failure(Exception):
    """What a server did wrong."""


class Well:
    """A well-behaved client, which must be served all the time."""

    def __init__(self, ask, bound, interval):
        """
        :param ask: sends a request and returns its status
        :param interval: how many seconds it waits between two requests
        :param bound: the most seconds that a response may take
        """
        self.count, self.failures = 0, []
        self._ask, self._bound, self._interval = ask, bound, interval
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self.failures:
            start = time.monotonic()
            try:
                status = self._ask()
                took = time.monotonic() - start
                if status != 200 or took > self._bound:
                    self.failures.append(f"a well-behaved client got the status {status} in {took:.1f} s")
            except Exception as error:
                self.failures.append(f"a well-behaved client got {error!r}")
            self.count += 1
            if self._end.wait(self._interval):
                return


def run(name, make, arguments, ask, interval, workers=32):
    """Runs cases until there were enough, and ends the process: with exit code 1 if one failed.

    :param make: creates a case from a random generator; its `run(port, bound)` raises what is wrong
    :param arguments: of the process: `port`, `cases`, `seconds`, `seed`, `only`, `bound`
    :param ask: what the well-behaved client does, every `interval` seconds
    """
    lock, failures = threading.Lock(), []
    end = time.monotonic() + arguments.seconds
    following = arguments.only or 0

    def work():
        nonlocal following
        while True:
            with lock:
                number = following
                following += 1
                is_enough = number >= arguments.cases and time.monotonic() > end
                if arguments.only is not None:
                    is_enough = number > arguments.only
                if failures or is_enough:
                    following -= 1
                    return
            case = make(random.Random(f"{name} {arguments.seed} {number}"))
            try:
                case.run(arguments.port, arguments.bound)
            except Exception as error:
                what = str(error) if isinstance(error, Failure) else repr(error)
                with lock:
                    failures.append(f"case {number} of seed {arguments.seed}: {what}\n  sent {case.sent!r}")

    well = Well(ask, arguments.bound, interval)
    threads = [threading.Thread(target=work) for _ in range(1 if arguments.only is not None else workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    well.stop()
    failures += well.failures
    for failure in failures[:10]:
        print(failure)
    print(f"{following} cases of {name}, {well.count} requests of a well-behaved client, {len(failures)} failures")
    sys.exit(1 if failures else 0)
