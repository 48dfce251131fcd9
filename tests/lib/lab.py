# SPDX-License-Identifier: MIT
"""The running lab, as tests/lab.env describes it: where things are, and its daemon's processes."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

import auth

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENV_FILE = os.path.join(TESTS, "lab.env")
MTAS = ("postfix", "postfix_cyrus", "exim", "exim_patched", "sendmail")
TITLES = {
    "postfix": "stock Postfix, dovecot",
    "postfix_cyrus": "stock Postfix, cyrus + libreason.so",
    "exim": "stock Exim, ACL recipe",
    "exim_patched": "patched Exim, libreason.so",
    "sendmail": "patched sendmail, libreason.so",
}
RIGHT, WRONG = "right-pw", "wrong-pw"


def read_env():
    try:
        with open(ENV_FILE, encoding="utf-8") as file:
            return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    except FileNotFoundError:
        sys.exit("Bail out! the lab is not up: tests/lab up")


env = read_env()


def where(mta):
    return env["SMTP_" + mta.upper()]


def log_of(mta):
    return env["LOG_" + mta.upper()]


def command(*words):
    """tests/lab with these words; raises if it fails. Reads lab.env again."""
    done = subprocess.run([os.path.join(TESTS, "lab"), *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError("tests/lab %s:\n%s" % (" ".join(words), done.stdout))
    env.update(read_env())


class Refused(Exception):
    """The CLI's exit status is another one than was wanted."""


def cli(*words, want=0, stdin=""):
    """sasl-reason with these words; its standard output. `want`: the exit status, or several to choose from."""
    done = subprocess.run([*env["SASL_REASON"].split(), *words], input=stdin, capture_output=True,
                          text=True, errors="replace", timeout=60, check=False)
    if done.returncode not in (want if isinstance(want, tuple) else (want,)):
        raise Refused("sasl-reason %s: exit status %d, not %s:\n%s%s" % (
            " ".join(words), done.returncode, want, done.stdout, done.stderr))
    return done.stdout


def cli_json(*words, want=0, stdin=""):
    return json.loads(cli("--json", *words, want=want, stdin=stdin))


class Admin:
    """A connection to the admin socket (the lab's, or another daemon's): for what the CLI has no words, and for
    many requests."""

    def __init__(self, path=None):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(path or env["ADMIN_SOCKET"])
        self.file = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def ask(self, **request):
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise auth.Closed("after %r" % line)
        return json.loads(line)


def ask_admin(**request):
    """One request, on a connection of its own: a worker that a reload has replaced answers no second one."""
    with Admin() as peer:
        return peer.ask(**request)


def unlock(*users):
    """Forgets the failed attempts of these names and the locks that came of them; of all, without names.
    What `sasl-reason lockouts clear` does, for many."""
    for user in users:
        ask_admin(command="lockouts-clear", user=user)
    # A list has not all of very many.
    for _ in range(0 if users else 50):
        # That of an account goes with its names.
        rows = [row for row in ask_admin(command="lockouts-list")["lockouts"] if row["scope"] != "entry"]
        if not rows:
            return
        for name in {row["name"] for row in rows} - {None}:
            ask_admin(command="lockouts-clear", user=name)
        for network in {row["network"] for row in rows if row["scope"] == "network"}:
            ask_admin(command="lockouts-clear", network=network)
    if not users:
        raise RuntimeError("these stay: %s" % rows)


def parent():
    return int(env["REASOND_PID"])


def children():
    try:
        with open("/proc/%d/task/%d/children" % (parent(), parent()), encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []


def worker(timeout=20):
    """The pid of the daemon's only child."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = children()
        if len(found) == 1:
            return found[0]
        time.sleep(0.02)
    raise RuntimeError("sasl-reasond has %d workers" % len(children()))


def signal_worker(number):
    """When it works: its parent has more patience with one that starts."""
    with auth.Peer(env["AUTH_SOCKET"], timeout=30):
        pid = worker()
    os.kill(pid, number)
    return pid


def new_worker(old, timeout=10):
    """Waits until another worker than `old` is there."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = [pid for pid in children() if pid != old]
        if found:
            return found[0]
        time.sleep(0.02)
    raise RuntimeError("no new worker after %g s" % timeout)


def reload_daemon():
    os.kill(parent(), signal.SIGHUP)


class Tail:
    """What is appended to a file from now on."""

    def __init__(self, path):
        self.path = path
        try:
            self.at = os.path.getsize(path)
        except FileNotFoundError:
            self.at = 0

    def text(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.at)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def wait(self, match, timeout=5):
        """The first line for which match(line) is true; None after the time."""
        end = time.monotonic() + timeout
        while True:
            for line in self.text().splitlines():
                if match(line):
                    return line
            if time.monotonic() > end:
                return None
            time.sleep(0.05)
