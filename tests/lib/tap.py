# SPDX-License-Identifier: MIT
"""TAP from Python tests: each result a line at once, the plan at the end."""
import concurrent.futures
import sys
import threading
import traceback

_lock = threading.Lock()
_count = 0
_failed = 0


def _write(line):
    print(line.encode("ascii", "backslashreplace").decode(), flush=True)


def diag(text):
    """Comment lines."""
    with _lock:
        for line in str(text).splitlines():
            _write("# " + line)


def ok(good, name, *details):
    """One result; the details are printed if it is bad. Returns whether it is good."""
    global _count, _failed
    with _lock:
        _count += 1
        _failed += not good
        _write("%sok %d - %s" % ("" if good else "not ", _count, str(name).replace("#", "no.")))
        if not good:
            for detail in details:
                for line in str(detail).splitlines():
                    _write("#   " + line)
    return bool(good)


def equal(got, want, name, *details):
    return ok(got == want, name, "wanted: %r" % (want,), "got:    %r" % (got,), *details)


def run(function, *arguments):
    """Calls a function of the test: an exception in it is a failed result, not the end."""
    try:
        return function(*arguments)
    except Exception:
        return ok(False, "%s%r ran to its end" % (function.__name__, arguments), traceback.format_exc())


def run_all(function, items):
    """run(function, item) for all of them at once: for what mostly waits, each for its own."""
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        list(pool.map(lambda item: run(function, item), items))


def done():
    """The plan, and the end of the program."""
    _write("1..%d" % _count)
    sys.exit(1 if _failed or not _count else 0)
