#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two daemons with one Valkey (or Redis): they lock together, and lose no login when it dies.

Needs the lab (tests/lab up) for its programs, and valkey-server or redis-server. The daemons, their accounts
and the server are the test's own.
"""
import concurrent.futures
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import lab_accounts
import tap
from auth import Peer, plain
from own_daemon import Daemon, free_port
from pace import Metronome

REALM = "fleet.example.org"
KNOWN, UNKNOWN = "alice@" + REALM, "nobody-here@" + REALM
ADDRESS = "rip=192.0.2.9"
TIMEOUT_MS = 250
FLOOR_MS = 50
counter = itertools.count(1)


class Server:
    """A Valkey on a port of loopback, with a password and nothing on the disk."""

    def __init__(self):
        self.program = shutil.which("valkey-server") or shutil.which("redis-server")
        self.client = (shutil.which("valkey-cli") or shutil.which("redis-cli"))
        if not self.program:
            sys.exit("Bail out! there is no valkey-server and no redis-server")
        self.folder = tempfile.mkdtemp(prefix="sasl-reason-valkey.")
        self.port = free_port()
        self.password = os.urandom(12).hex()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "-"], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        self.process.stdin.write(("bind 127.0.0.1\nport %d\nrequirepass %s\nsave \"\"\ndir %s\n" % (
            self.port, self.password, self.folder)).encode())
        self.process.stdin.close()
        end = time.monotonic() + 10
        while self.ask("PING") != "PONG":
            if time.monotonic() > end:
                raise RuntimeError("%s does not answer" % self.program)
            time.sleep(0.05)

    def ask(self, *words):
        done = subprocess.run([self.client, "-p", str(self.port), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20, check=False,
                              env={**os.environ, "REDISCLI_AUTH": self.password})
        return done.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def make(name, key):
    accounts = "alice@%s:%s\nbob@%s:{PLAIN}right-pw\n" % (REALM, lab_accounts.ssha512(lab.RIGHT), REALM)
    text = ('store "valkey" {\n uri = "redis://127.0.0.1:%d"\n password_file = "/dev/null"\n timeout = %dms\n}\n'
            'realm %s {\n backends = {accounts}\n secrets = mixed\n scheme = SSHA512\n floor = %dms\n lock_delay = 0\n}\n' % (
                server.port, TIMEOUT_MS, REALM, FLOOR_MS))
    daemon = Daemon(name, accounts, text, key)
    password = daemon.write("valkey-password", server.password + "\n")
    with open(daemon.folder + "/conf", "r+", encoding="ascii") as file:
        words = file.read().replace("/dev/null", password)
        file.seek(0)
        file.write(words)
    return daemon.start()


def another():
    return "wrong-%d" % next(counter)


def ask(daemon, user, password, *fields):
    with Peer(daemon.auth) as peer:
        return peer.ask(1, "PLAIN", plain(user, password), *(fields or (ADDRESS,)))


def connected(daemon):
    return json.loads(daemon.cli("--json", "status"))["fleet"]


def until(want, call, seconds=10):
    end = time.monotonic() + seconds
    while True:
        got = call()
        if got == want or time.monotonic() > end:
            return got
        time.sleep(0.05)


def unlock():
    """Of both names, everywhere."""
    for daemon in daemons:
        for user in (KNOWN, UNKNOWN):
            daemon.cli("lockouts", "clear", user, want=(0, 67))
    time.sleep(0.2)


# --- together -------------------------------------------------------------------------------------

def together():
    """Five wrong ones at each: both lock, at the same step for both names."""
    unlock()
    replies = {}
    for user in (KNOWN, UNKNOWN):
        for step in range(5):
            for number, daemon in enumerate(daemons):
                replies[user, 2 * step + number + 1] = ask(daemon, user, another())
        for number, daemon in enumerate(daemons):
            replies[user, 11 + number] = ask(daemon, user, another())
    tokens = {user: [replies[user, step].token for step in range(1, 13)] for user in (KNOWN, UNKNOWN)}
    tap.equal(tokens[KNOWN], tokens[UNKNOWN], "both names read the same at every step")
    tap.ok(tokens[KNOWN][:9] == ["bad-credentials"] * 9 and tokens[KNOWN][10:] == ["account-locked"] * 2,
           "five at each daemon lock at both", tokens)
    for number, daemon in enumerate(daemons):
        pair = [ask(daemon, user, password).neutral for user in (KNOWN, UNKNOWN)
                for password in (lab.RIGHT, another())]
        tap.ok(len(set(pair)) == 1 and "[account-locked]" in pair[0],
               "daemon %d: right and wrong, known and unknown read the same" % number, *pair)
        listed = json.loads(daemon.cli("--json", "lockouts", "show", KNOWN))["lockouts"]
        tap.ok(any(row["scope"] == "name-network" and row["until"] for row in listed),
               "daemon %d: its list has the lock" % number, listed)
        tap.ok(ask(daemon, KNOWN, lab.RIGHT, "rip=192.0.2.10").good, "daemon %d: from elsewhere she logs in" % number)


def cleared():
    daemons[0].cli("lockouts", "clear", KNOWN)
    for number, daemon in enumerate(daemons):
        tap.equal(until("OK", lambda: ask(daemon, KNOWN, lab.RIGHT).word, 3), "OK",
                  "cleared at daemon 0, she logs in at daemon %d" % number)
        tap.equal(ask(daemon, UNKNOWN, lab.RIGHT).token, "account-locked", "daemon %d: the other name stays" % number)


def a_login_clears():
    """A login at one daemon takes its network's share away at both."""
    unlock()
    for daemon in daemons * 4:
        ask(daemon, KNOWN, another())
    tap.ok(ask(daemons[0], KNOWN, lab.RIGHT).good, "after eight a login")
    tokens = [ask(daemon, KNOWN, another()).token for daemon in daemons * 4]
    tap.equal(set(tokens), {"bad-credentials"}, "eight more do not lock")
    unlock()


def nothing_in_clear():
    """The server gets to see no name, no address, no password."""
    for daemon in daemons:
        ask(daemon, KNOWN, "Unheard-0f")
        ask(daemon, UNKNOWN, "Unheard-0f")
    keys = server.ask("--raw", "KEYS", "*").splitlines()
    dump = "\n".join([*keys, *(server.ask("--raw", "HGETALL", key) + server.ask("--raw", "GET", key) for key in keys)])
    tap.ok(keys and not re.search(r"alice|nobody|fleet|192\.0\.2|Unheard", dump), "it keeps no name and no address", dump)
    lasting = [key for key in keys if int(server.ask("TTL", key) or -1) < 0]
    tap.equal(lasting, [], "and nothing for ever")
    unlock()


def lock_and_renew():
    """Locked at both; then the second daemon begins anew, without any state."""
    for daemon in daemons * 6:
        ask(daemon, KNOWN, another())
    daemons[1].stop()
    for name in os.listdir(daemons[1].state):
        os.unlink(os.path.join(daemons[1].state, name))
    daemons[1].start()
    until("connected", lambda: connected(daemons[1]))


def restarted_daemon():
    """A daemon that comes new hears of the lock from the server."""
    lock_and_renew()
    tap.equal(ask(daemons[1], KNOWN, lab.RIGHT).token, "account-locked", "a daemon without any state has the lock")
    unlock()


def lift(daemon, want=0):
    return json.loads(daemon.cli("--json", "lockouts", "clear", KNOWN, want=want))


def lifted_elsewhere():
    """A daemon that counted nothing itself lifts the lock of all, and says so."""
    lock_and_renew()
    tap.equal(lift(daemons[1]), {"status": 0, "cleared": 0, "fleet": "sent", "fleet_cleared": 3},
              "cleared by a daemon without any state: nothing there, three counters in the fleet")
    tap.ok(ask(daemons[0], KNOWN, lab.RIGHT).good, "and she logs in at the other")


def lifted_here_only():
    """While the server takes nothing the lock is lifted at one daemon only, which says so: it holds again later."""
    unlock()
    for daemon in daemons * 6:
        ask(daemon, KNOWN, another())
    server.ask("REPLICAOF", "127.0.0.1", "1")
    try:
        answer = lift(daemons[0], want=75)
        tap.ok(answer["fleet"] == "away" and "lifted here only" in answer["error"], "a server that takes nothing: 75, and why",
               answer)
    finally:
        server.ask("REPLICAOF", "NO", "ONE")
    until("connected", lambda: connected(daemons[0]), 12)
    tap.equal([ask(daemon, KNOWN, lab.RIGHT).token for daemon in daemons], ["account-locked"] * 2, "then the lock holds again")
    tap.equal(lift(daemons[0])["fleet"], "sent", "said once more, it is lifted")
    tap.ok(all(ask(daemon, KNOWN, lab.RIGHT).good for daemon in daemons), "at both")


# --- the server dies ------------------------------------------------------------------------------

class Load:
    """Right logins and wrong ones at both daemons without a pause; what they came to."""

    def __init__(self):
        self.going, self.good, self.refused, self.bad, self.slow = True, 0, 0, [], []
        self.metronome = Metronome()
        self.pool = concurrent.futures.ThreadPoolExecutor(8)
        self.jobs = [self.pool.submit(self.right, daemon, "rip=198.51.100.%d" % number)
                     for number in (1, 2, 3) for daemon in daemons]
        self.jobs += [self.pool.submit(self.wrong, daemon) for daemon in daemons]

    def answers(self, daemon, login):
        """Those to the logins of login(1), login(2) and so on: the user, the password and a field of each."""
        with Peer(daemon.auth) as peer:
            for number in itertools.count(1):
                if not self.going:
                    return
                user, password, field = login(number)
                begun = time.monotonic()
                answer = peer.ask(number, "PLAIN", plain(user, password), field)
                self.slow.append(1000 * (time.monotonic() - begun))
                yield answer

    def right(self, daemon, address):
        for answer in self.answers(daemon, lambda _: (KNOWN, lab.RIGHT, address)):
            self.good += answer.good
            if not answer.good:
                self.bad.append(answer)

    def wrong(self, daemon):
        for answer in self.answers(daemon, lambda number: (
                "guess-%d@%s" % (number, REALM), another(), "rip=203.0.113.%d" % (number % 250))):
            self.refused += answer.token == "bad-credentials"
            if answer.token != "bad-credentials":
                self.bad.append(answer)

    def end(self):
        self.going = False
        self.pool.shutdown()
        self.bad += [repr(job.exception()) for job in self.jobs if job.exception()]
        return self.metronome.stop()


def dies():
    """Killed and started again, three times, while both daemons are busy."""
    marks = [len(daemon.said()) for daemon in daemons]
    load = Load()
    try:
        for _ in range(3):
            time.sleep(1)
            server.kill()
            away = [until("away", lambda: connected(daemon)) for daemon in daemons]
            time.sleep(1.5)
            server.start()
            back = [until("connected", lambda: connected(daemon), 12) for daemon in daemons]
            tap.equal((away, back), (["away"] * 2, ["connected"] * 2), "both daemons see it go and come")
        time.sleep(0.5)
    finally:
        delay_ms = 1000 * load.end()
    most = TIMEOUT_MS + 250 + delay_ms
    tap.ok(load.good > 300 and load.refused > 100 and not load.bad,
           "killed and restarted under load: not one of %d logins fails, and each of %d wrong ones is told so" % (
               load.good, load.refused), *load.bad[:5])
    tap.ok(max(load.slow) <= most, "and each is in time: %.0f ms at the most" % max(load.slow), "%.0f ms" % most)
    for number, daemon in enumerate(daemons):
        lines = [line for line in daemon.said()[marks[number]:].splitlines()
                 if re.search(r"\b(fleet|valkey|store)\b", line) and " login " not in line]
        tap.equal(len(lines), 6, "daemon %d: its log says each once, away and back" % number, *lines)
    unlock()


def stopped():
    """A server that hangs costs a login its timeout and no more; alone each daemon goes on counting."""
    server.process.send_signal(19)
    try:
        begun = time.monotonic()
        good = ask(daemons[0], KNOWN, lab.RIGHT, "rip=192.0.2.30").good
        taken = 1000 * (time.monotonic() - begun)
        tap.ok(good and taken < TIMEOUT_MS + 500, "a server that hangs: the login is good, and in time", "%.0f ms" % taken)
        for _ in range(12):
            ask(daemons[0], KNOWN, another(), "rip=192.0.2.31")
        tap.equal(ask(daemons[0], KNOWN, lab.RIGHT, "rip=192.0.2.31").token, "account-locked",
                  "a server that hangs: the daemon's own counters lock")
        tap.ok(ask(daemons[1], KNOWN, lab.RIGHT, "rip=192.0.2.31").good, "which the other one cannot know")
    finally:
        server.process.send_signal(18)
    tap.equal([until("connected", lambda: connected(daemon), 12) for daemon in daemons], ["connected"] * 2,
              "it goes on: both are connected again")
    together()


server = Server()
daemons = []
try:
    server.start()
    shared_key = os.urandom(32)
    for one in ("one", "two"):
        daemons.append(make(one, shared_key))
    tap.equal([until("connected", lambda: connected(daemon)) for daemon in daemons], ["connected"] * 2,
              "both daemons are connected")
    for function in (together, cleared, a_login_clears, nothing_in_clear, restarted_daemon, lifted_elsewhere, lifted_here_only,
                     dies, stopped):
        tap.run(function)
    tap.ok(not any(server.password in daemon.said() for daemon in daemons), "the server's password is in no log")
finally:
    for each in daemons:
        each.close()
    server.close()
tap.done()
