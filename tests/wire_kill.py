#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 of the worker, or of parent and worker, at random moments under load, and right after an answer: nothing
that was told is lost.

Needs the lab (tests/lab up) for its programs; the daemon and its accounts are the test's own.

  tests/wire_kill.py [--count N] [--seed N]     N kills (default 200)

Meanwhile clients log in all the time: wrong passwords that count and lock, right ones, app passwords, and app
passwords are made and revoked. After each kill, when the daemon answers again: SQLite's integrity check of both
files, each revocation that was acknowledged (exit status 0) still answers app-password-revoked, each lock that was
told stands, each id that was told is found; and no name was refused without a lock more often than the threshold
allows, whatever was killed in between.
"""
import argparse
import itertools
import os
import random
import signal
import socket
import sqlite3
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import lab_accounts
import tap
from auth import Answer, Closed, Peer, plain
from own_daemon import Daemon

REALM = "kill.example.org"
THRESHOLD = 3
OWNERS = ["owner%d@%s" % (number, REALM) for number in range(64)]
KNOWN = 5000
GUESSERS, LOGGERS, REVOKERS = 4, 2, 2
# Names that a guesser tries at once: many decisions in one turn of the daemon's loop, and one commit.
TOGETHER = 8
BURST = 64
FILES = ("incidents.sqlite", "credentials.sqlite")
# A worker that dies so young makes the parent wait before the next one.
YOUNG_S = 1.05
SAMPLE = 24
CONF = """
lock_entries = 1048576
journal_entries = 10000000
journal_size = 4096
realm %s {
	backends = {accounts}
	secrets = hashed
	scheme = SSHA512
	app_passwords = yes
	floor = 0
	lock_threshold = %d
	lock_window = 1h
	lock_time = 1h
	lock_delay = 0
}
""" % (REALM, THRESHOLD)


class Told:
    """What the daemon has said, and so must know for ever."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ids = {}      # id: (user, token)
        self.locks = []    # (user, address)
        self.revoked = []  # (owner, secret, label)
        self.made = {}     # secret: owner; not revoked, nor tried to be
        self.faults = []
        self.allowed = self.broken = 0

    def fault(self, *words):
        with self.lock:
            self.faults.append(" ".join(str(word) for word in words))

    def snapshot(self):
        with self.lock:
            return dict(self.ids), list(self.locks), list(self.revoked), dict(self.made)


def accounts():
    stored = lab_accounts.ssha512(lab.RIGHT)
    names = ["right@" + REALM, *OWNERS, *("user%d@%s" % (number, REALM) for number in range(KNOWN))]
    return "".join("%s:%s\n" % (name, stored) for name in names)


# --- load -----------------------------------------------------------------------------------------

def address(number):
    return "10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)


def shoot(what):
    """Kills who has just answered, if that is wanted now."""
    try:
        os.kill(targets[what].pop(), signal.SIGKILL)
    except IndexError:
        pass


def watched(call, *arguments):
    """What a thread of the load does: it ends with the test alone."""
    try:
        call(*arguments)
    except Exception:
        told.fault("the load has ended:", traceback.format_exc())


def loop(step):
    """Calls step(peer) on a connection until the end; on another one when that breaks."""
    while not stop.is_set():
        try:
            with Peer(daemon.auth, timeout=20) as peer:
                while not stop.is_set():
                    step(peer)
        except (Closed, OSError):
            told.broken += 1
            stop.wait(0.01)


class Guess:
    """A name that is tried with wrong passwords until it is told to be locked."""

    def __init__(self):
        number = next(counter)
        self.user = "user%d@%s" % (number % KNOWN, REALM) if number % 2 else "nobody%d@%s" % (number, REALM)
        self.address = address(number)
        self.refused = 0

    def heed(self, answer):
        """Keeps what was told. False: this name is done with."""
        if answer.token not in ("bad-credentials", "account-locked") or not answer.id:
            told.fault("a wrong password of", self.user, "gave", answer)
            return False
        with told.lock:
            told.ids[answer.id] = (self.user, answer.token)
            if answer.token == "account-locked":
                told.locks.append((self.user, self.address))
                return False
        self.refused += 1
        if self.refused > THRESHOLD:
            told.fault(self.user, "from", self.address, "was refused", self.refused, "times without a lock")
        return self.refused <= THRESHOLD


class Guesser:
    def __init__(self):
        self.guesses = [Guess() for _ in range(TOGETHER)]

    def step(self, peer):
        asked = {next(requests): place for place in range(TOGETHER)}
        peer.send("".join("AUTH\t%d\tPLAIN\tservice=smtp\trip=%s\tresp=%s\n" % (
            number, self.guesses[place].address, plain(self.guesses[place].user, "wrong-%d" % number))
            for number, place in asked.items()))
        for _ in range(TOGETHER):
            answer = Answer(peer.line())
            shoot("login")
            place = asked[int(answer.number)]
            if not self.guesses[place].heed(answer):
                self.guesses[place] = Guess()
        stop.wait(0.04)


def muddle(peer):
    """Empty passwords, which count for nothing: what the daemon commits in a thread."""
    users = {next(requests): "user%d@%s" % (place, REALM) for place in range(BURST)}
    peer.send("".join("AUTH\t%d\tPLAIN\tservice=smtp\trip=192.0.2.4\tresp=%s\n" % (number, plain(user, ""))
                      for number, user in users.items()))
    for _ in range(BURST):
        answer = Answer(peer.line())
        shoot("login")
        if answer.token != "malformed-credentials" or not answer.id:
            told.fault("an empty password gave", answer)
            return
        with told.lock:
            told.ids[answer.id] = (users[int(answer.number)], answer.token)
    stop.wait(0.1)


def log_in(peer):
    answer = peer.ask(next(requests), "PLAIN", plain("right@" + REALM, lab.RIGHT), "rip=192.0.2.1")
    if not answer.good:
        told.fault("the right password gave", answer)
    told.allowed += 1
    with told.lock:
        secret, owner = random.choice(list(told.made.items()) or [(None, None)])
    if secret and not app_login(peer, owner, secret).good:
        told.fault("an app password in force was refused")
    stop.wait(0.01)


def app_login(peer, owner, secret):
    return peer.ask(next(requests), "PLAIN", plain(owner, secret), "rip=192.0.2.2")


def order(**request):
    """The daemon's answer to an order; null if it did not come to give one."""
    try:
        with lab.Admin(daemon.admin) as peer:
            answer = peer.ask(**request)
    except (Closed, OSError):
        return None
    shoot("admin")
    if answer["status"] == 0:
        return answer
    told.fault(request, "gave", answer)
    return None


def make(owner, label):
    """An app password that the daemon says it has made."""
    answer = order(command="app-password-add", user=owner, label=label)
    return answer and answer["secret"].replace(" ", "")


def revoke_by_cli(owner, label):
    """Whether the CLI says that it is revoked. 67 would be that what was made is not there."""
    try:
        return "Revoked" in daemon.cli("app-password", "revoke", owner, label, want=(0, 75))
    except lab.Refused as refused:
        told.fault(refused)
        return False


def revoke(owner, label):
    if random.random() < 0.5:
        return revoke_by_cli(owner, label)
    return order(command="app-password-revoke", user=owner, which=label) is not None


def revoker():
    kept = 0
    while not stop.is_set():
        owner, label = random.choice(OWNERS), "label-%d" % next(counter)
        secret = make(owner, label)
        if not secret:
            stop.wait(0.02)
            continue
        if kept < 20 and random.random() < 0.05:
            kept += 1
            with told.lock:
                told.made[secret] = owner
        elif revoke(owner, label):
            with told.lock:
                told.revoked.append((owner, secret, label))
        stop.wait(0.02)


# --- kills ----------------------------------------------------------------------------------------

def children():
    """The worker, if there is one."""
    pid = daemon.process.pid
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def wait_until(good, what):
    end = time.monotonic() + 20
    while not good():
        if time.monotonic() > end:
            raise RuntimeError(what)
        time.sleep(0.002)


def listens():
    """Whether a process still holds the socket: each thread of a killed one dies for itself."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(daemon.auth)
        except ConnectionRefusedError:
            return False
    return True


class Killer:
    def __init__(self):
        self.started = time.monotonic()
        self.spared = True  # the parent does not wait yet when a young worker dies
        self.kills = {"worker": 0, "both": 0}

    def kill(self):
        time.sleep(random.uniform(0, 0.3))
        young = time.monotonic() - self.started < YOUNG_S
        if (young and not self.spared) or random.random() < 0.4:
            self.both()
        else:
            self.spared = not young
            self.one()
        self.started = time.monotonic()

    def one(self):
        self.kills["worker"] += 1
        wait_until(children, "there is no worker")
        what = random.choice(("login", "admin"))
        targets[what].append(children()[0])
        if random.random() < 0.6:
            wait_until(lambda: not targets[what], "nobody is answered: " + what)
        shoot(what)
        with Peer(daemon.auth, timeout=20):
            pass

    def both(self):
        """The parent first, and stopped before, or it would start another worker."""
        self.kills["both"] += 1
        os.kill(daemon.process.pid, signal.SIGSTOP)
        dying = children()
        daemon.process.kill()
        for pid in dying:
            os.kill(pid, signal.SIGKILL)
        daemon.process.wait()
        wait_until(lambda: not listens(), "a worker does not die")
        daemon.start()
        self.spared = True


# --- checks ---------------------------------------------------------------------------------------

def batches(items, size=16):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def check_files():
    for name in FILES:
        base = sqlite3.connect("file:%s/%s?mode=ro" % (daemon.state, name), uri=True, timeout=20)
        said = base.execute("PRAGMA integrity_check").fetchall()
        base.close()
        if said != [("ok",)]:
            told.fault(name, said[:5])


def check_revoked(rows):
    with Peer(daemon.auth, timeout=20) as peer:
        for batch in batches(rows):
            answers = peer.ask_all([(owner, secret, "rip=192.0.2.3") for owner, secret, _ in batch])
            for (owner, _, label), answer in zip(batch, answers):
                if answer.token != "app-password-revoked" or label not in answer.text:
                    told.fault("the revoked", label, "of", owner, "gave", answer)


def check_locks(rows):
    """The right password too is told that it is locked."""
    with Peer(daemon.auth, timeout=20) as peer:
        for batch in batches(rows):
            answers = peer.ask_all([(user, lab.RIGHT, "rip=" + where) for user, where in batch])
            for (user, where), answer in zip(batch, answers):
                if answer.token != "account-locked":
                    told.fault("the lock of", user, "from", where, "gave", answer)


def check_ids(rows):
    with lab.Admin(daemon.admin) as peer:
        for number, (user, token) in rows.items():
            answer = peer.ask(command="why", id=number)
            incident = answer.get("incident") or {}
            if (incident.get("id"), incident.get("user"), incident.get("said")) != (number, user, token):
                told.fault("why", number, "of", user, token, "gave", answer)


def check_all_ids(rows):
    base = sqlite3.connect("file:%s/incidents.sqlite?mode=ro" % daemon.state, uri=True, timeout=20)
    there = {row[0]: row[1:] for row in base.execute("SELECT id, user, said FROM journal")}
    base.close()
    for number, want in rows.items():
        if there.get(number) != want:
            told.fault("id", number, want, "is", there.get(number), "in the journal")
    return len(there)


def sample(rows, seen, old=SAMPLE):
    """Some of what is new, and some of what is old."""
    return random.sample(rows[:seen], min(old, seen)) + random.sample(rows[seen:], min(SAMPLE, len(rows) - seen))


def rounds(count):
    killer = Killer()
    ids, locks, revoked, _ = told.snapshot()
    for number in range(count):
        killer.kill()
        seen = len(ids), len(locks), len(revoked)
        ids, locks, revoked, _ = told.snapshot()
        check_files()
        check_revoked(sample(revoked, seen[2]))
        check_locks(sample(locks, seen[1]))
        some = sample(list(ids), seen[0], 2)
        check_ids({one: ids[one] for one in some})
        for one in list(ids)[-1:]:
            if one not in daemon.cli("why", one.lower(), want=(0, 67)):
                told.fault("sasl-reason why", one, "does not say so")
        if told.faults:
            tap.diag("after kill %d: %s" % (number + 1, told.faults[-1]))
            if len(told.faults) > 20:
                break
    return killer.kills


def run(count):
    load = [(loop, Guesser().step) for _ in range(GUESSERS)] + [(loop, muddle)]
    load += [(loop, log_in)] * LOGGERS + [(revoker,)] * REVOKERS
    threads = [threading.Thread(target=watched, args=one) for one in load]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        kills = rounds(count)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    tap.diag("%d kills (%d of the worker alone) in %.0f s" % (
        sum(kills.values()), kills["worker"], time.monotonic() - begun))
    tap.ok(not told.faults, "nothing that was told was lost in %d kills" % count, *told.faults[:20])


def at_the_end(count):
    """All of it once more, whenever it was told."""
    before = len(told.faults)
    ids, locks, revoked, made = told.snapshot()
    rows = check_all_ids(ids)
    check_locks(locks)
    check_revoked(revoked)
    with Peer(daemon.auth, timeout=20) as peer:
        for secret, owner in made.items():
            if not app_login(peer, owner, secret).good:
                told.fault("an app password of", owner, "that was made is not there")
    check_files()
    tap.ok(len(told.faults) == before, "all of it is there at the end", *told.faults[before:before + 20])
    tap.diag("%d ids (journal: %d rows), %d locks, %d revocations, %d kept, %d logins; %d connections broke" % (
        len(ids), rows, len(locks), len(revoked), len(made), told.allowed, told.broken))
    tap.ok(len(ids) >= 20 * count and len(locks) >= 2 * count and len(revoked) >= count // 2 and told.allowed > count,
           "there was a load to lose something of")


parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=200)
parser.add_argument("--seed", type=int, default=None)
options = parser.parse_args()
random.seed(options.seed)
counter, requests = itertools.count(1), itertools.count(1)
stop, told = threading.Event(), Told()
targets = {"login": [], "admin": []}  # the process that is to be killed when it answers a client, or an order
daemon = Daemon("kill", accounts(), CONF, os.urandom(32))
try:
    daemon.start()
    tap.run(run, options.count)
    tap.run(at_the_end, options.count)
finally:
    stop.set()
    daemon.close()
tap.done()
