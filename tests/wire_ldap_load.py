#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""64 logins at a time against a real slapd: connections and round trips, counted in slapd's own log.

Needs the lab (tests/lab up). The pool of a backend is LDAP_THREADS connections that search, and as many
that bind where verify = bind; they stay open, and a login costs one question to each.
"""
import concurrent.futures
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import slapd
import tap
from auth import Answer, Closed, Peer, plain
from slapd import RIGHT, UNKNOWN, WRONG, at

SOCKET = lab.env["AUTH_SOCKET"]
THREADS = int(lab.env["LDAP_THREADS"])
PEERS, ROUNDS = 64, 12
CASES = [("ok", RIGHT, "OK"), ("expiring", RIGHT, "OK"), ("ok", WRONG, "FAIL"),
         ("nearnet", RIGHT, "OK"), ("disabled", RIGHT, "FAIL"), (UNKNOWN, RIGHT, "FAIL"),
         ("locked", RIGHT, "FAIL"), ("odd", RIGHT, "OK")]


class Watch(threading.Thread):
    """The most connections that the worker holds to slapd, by port, looked at all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most, self.looks, self.going = {}, 0, True
        self.start()

    def run(self):
        while self.going:
            for port, count in slapd.open_connections().items():
                self.most[port] = max(self.most.get(port, 0), count)
            self.looks += 1
            time.sleep(0.01)

    def stop(self):
        self.going = False
        self.join()


def one_peer(realm, first):
    """Logins one after the other on a connection of its own: lines about wrong answers, times."""
    faults, times = [], []
    with Peer(SOCKET, timeout=30) as peer:
        for number in range(1, ROUNDS + 1):
            user, password, want = CASES[(first + number) % len(CASES)]
            begun = time.monotonic()
            try:
                answer = peer.ask(number, "PLAIN", plain(at(user, realm), password),
                                  "rip=127.0.0.1")
            except Closed as error:
                faults.append("%s with %s: %s" % (user, password, error))
                break
            times.append(time.monotonic() - begun)
            if answer.word != want:
                faults.append("%s with %s: %s" % (user, password, answer))
    return faults, times


def storm(realm):
    with concurrent.futures.ThreadPoolExecutor(PEERS) as pool:
        done = list(pool.map(lambda first: one_peer(realm, first), range(PEERS)))
    return [fault for one in done for fault in one[0]], sorted(t for one in done for t in one[1])


def under_load(realm, uri, pool_size, binds):
    port = lab.env[uri].rsplit(":", 1)[1]
    watch = Watch()
    log = slapd.Log()
    faults, _ = storm(realm)
    tap.ok(not faults, "%s: %d at a time, each gets its own answer" % (realm, PEERS), *faults[:10])
    accepted = sum("ACCEPT" in rest for _, rest in log.lines(0.5))
    tap.ok(0 < accepted <= pool_size, "%s: the first storm opens at most %d connections" % (
        realm, pool_size), accepted)
    log = slapd.Log()
    begun = time.monotonic()
    faults, times = storm(realm)
    taken = time.monotonic() - begun
    watch.stop()
    lines = log.lines(0.5)
    tap.ok(not faults, realm + ": and again", *faults[:10])
    tap.diag("%s: %d logins in %.2f s; p50 %.1f ms, p99 %.1f ms" % (
        realm, len(times), taken, 1000 * times[len(times) // 2], 1000 * times[len(times) * 99 // 100]))
    tap.ok(watch.looks > 10 and 0 < watch.most[port] <= pool_size,
           "%s: the pool never exceeds its %d connections" % (realm, pool_size), watch.most, watch.looks)
    logins = PEERS * ROUNDS
    tap.equal(len(log.filters(lines)), logins, "%s: %d logins are as many searches" % (realm, logins))
    tap.equal(len(log.binds(lines)), logins * binds, "%s: and %d binds" % (realm, logins * binds))
    comes = [rest for _, rest in lines if re.search(r"ACCEPT|closed|UNBIND|STARTTLS", rest)]
    tap.ok(not comes, realm + ": on connections that stay open", *comes[:10])
    searches = {conn for conn, rest in lines if rest.startswith("SRCH")}
    binding = {conn for conn, rest in lines if rest.startswith("BIND") and slapd.BASE in rest}
    tap.ok(not searches & binding, realm + ": what is bound as an account never searches",
           *searches & binding)
    others = [rest for _, rest in lines if re.match("SRCH base", rest)]
    tap.ok(len(others) - logins <= 2 * THREADS, realm + ": hardly anything else is asked",
           len(others) - logins)


def recycled():
    """A bind on a connection says nothing of the next one: it is bound anew for every login."""
    with Peer(SOCKET, timeout=30) as peer:
        words = []
        for number in range(1, 4 * THREADS + 1):
            user = "ok" if number % 2 else UNKNOWN
            words.append(peer.ask(number, "PLAIN", plain(at(user), RIGHT)).word)
        tap.equal(words, ["OK", "FAIL"] * (2 * THREADS), "after a login nobody else is let in")
        peer.send("".join("AUTH\t%d\tPLAIN\tservice=smtp\tresp=%s\n" % (
            number, plain(at("ok"), RIGHT if number % 3 else WRONG)) for number in range(1, 201)))
        answers = [Answer(peer.line()) for _ in range(200)]
        wrong = [answer for answer in answers
                 if (answer.word == "OK") != bool(int(answer.number) % 3)]
        tap.ok(not wrong, "200 pipelined logins each get their own answer", *wrong[:10])


lab.unlock()
# Fresh, so that no connection is open before.
lab.command("daemon", "stop")
lab.command("daemon", "start")
tap.run(under_load, slapd.REALM, "LDAP_URI", 2 * THREADS, 1)
tap.run(under_load, slapd.HASH, "LDAPS_URI", THREADS, 0)
tap.run(recycled)
tap.done()
