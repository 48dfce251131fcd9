#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A directory that is stopped, away, slow, broken or lying: never a 535 for it, and nobody else waits.

Needs the lab (tests/lab up). The real slapd is stopped and ended; every other fault is one of
tests/lib/ldap_proxy.py, which stands before slapd in realms of its own. While a fault lasts, every attempt
that proves nothing gets 454 (in the Dovecot protocol: the end of the connection), known name or not,
within the backend's total_timeout and a little; other realms are measured before and meanwhile.
"""
import concurrent.futures
import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import ldap_proxy
import slapd
import smtp
import tap
from auth import Answer, Closed, Peer, plain
from ldap_proxy import BIND, SEARCH, Full, Proxy
from slapd import APP, BASE, HASH, REALM, RIGHT, UNKNOWN, WRONG, at

SOCKET = lab.env["AUTH_SOCKET"]
HOSTILE, TLS, TWO = ("%s.ldap.example.org" % name for name in ("hostile", "tls", "two"))
DEADLINE_S = int(lab.env["LDAP_TOTAL_TIMEOUT_MS"]) / 1000 + 0.25
RECOVER_S = 5.0
CASES = [("ok", RIGHT), ("ok", WRONG), ("disabled", RIGHT), ("disabled", WRONG), ("locked", RIGHT),
         ("twice", RIGHT), (UNKNOWN, RIGHT), (UNKNOWN, WRONG), ("ok", APP), (UNKNOWN, APP)]
LATER = "later"


def attempt(user, password, realm, *fields):
    """(the answer's word, or LATER if the connection ends; seconds; the line)."""
    begun = time.monotonic()
    try:
        with Peer(SOCKET, timeout=12) as peer:
            begun = time.monotonic()
            answer = peer.ask(1, "PLAIN", plain(at(user, realm), password), *fields)
            word, line = answer.word, answer.raw
    except Closed:
        word = line = LATER
    except OSError as error:
        word = line = "%s" % error
    return word, time.monotonic() - begun, line


def by_postfix(user, password, realm):
    begun = time.monotonic()
    try:
        with smtp.Session(lab.where("postfix"), timeout=12) as session:
            begun = time.monotonic()
            reply = session.plain(at(user, realm), password)
    except smtp.Gone as error:
        reply = smtp.Reply(["000 %s" % error])
    return reply, time.monotonic() - begun


# --- others, meanwhile ----------------------------------------------------------------------------

class Pulse(threading.Thread):
    """Logins of somebody of another realm, one after the other, on one connection."""

    def __init__(self, user, password):
        super().__init__(daemon=True)
        self.user, self.resp = user, plain(user, password)
        self.times, self.faults, self.going = [], [], True
        self.start()

    def run(self):
        with Peer(SOCKET, timeout=12) as peer:
            number = 0
            while self.going:
                number += 1
                begun = time.monotonic()
                try:
                    answer = peer.ask(number, "PLAIN", self.resp)
                except (Closed, OSError) as error:
                    self.faults.append("%s: %s" % (self.user, error))
                    return
                self.times.append(time.monotonic() - begun)
                if answer.word != "OK":
                    self.faults.append("%s: %s" % (self.user, answer))
                time.sleep(0.004)

    def stop(self):
        self.going = False
        self.join()

    def figures(self):
        """p50 and p99 in ms."""
        times = sorted(self.times)
        return [1000 * times[len(times) * part // 100] for part in (50, 99)]


class Others:
    """What other realms answer, and how fast: against a span of the same length without an outage."""

    def __init__(self, directories):
        self.people = [("alice@example.org", lab.RIGHT)]
        self.people += [(at("ok", realm), RIGHT) for realm in directories]

    def measure(self, seconds):
        pulses = [Pulse(*person) for person in self.people]
        time.sleep(seconds)
        for pulse in pulses:
            pulse.stop()
        return pulses

    def begin(self):
        self.before = self.measure(2)
        self.pulses = [Pulse(*person) for person in self.people]

    def end(self, title):
        for pulse in self.pulses:
            pulse.stop()
        for was, now in zip(self.before, self.pulses):
            tap.ok(len(now.times) > 20 and not now.faults, "%s: %s logs in as ever" % (
                title, now.user), len(now.times), *now.faults[:5])
            if not was.times or not now.times:
                continue
            old, new = was.figures(), now.figures()
            # Both run on a busy machine; an outage that is waited for costs hundreds of ms.
            tap.ok(new[0] < 2 * old[0] + 5 and new[1] < 2 * old[1] + 40,
                   "%s: as fast as before, p50 %.2f ms (%.2f), p99 %.2f ms (%.2f)" % (
                       title, new[0], old[0], new[1], old[1]))


# --- an outage ------------------------------------------------------------------------------------

def all_later(title, realm):
    """Every case of the realm, several of each at a time, through the socket and Postfix."""
    jobs = CASES + CASES
    with concurrent.futures.ThreadPoolExecutor(len(jobs) + len(CASES) + 1) as pool:
        mail = [pool.submit(by_postfix, *case, realm) for case in CASES]
        ours = pool.submit(attempt, "ok", RIGHT, realm, "secured", "sasl-reason=1")
        got = list(pool.map(lambda case: attempt(*case, realm), jobs))
        mail = [one.result() for one in mail]
        ours = ours.result()
    faults = ["%s with %s: %s after %.2f s" % (*case, line, taken)
              for case, (word, taken, line) in zip(jobs, got) if word != LATER]
    tap.ok(not faults, title + ": the auth socket hangs up on every name", *faults)
    faults = ["%s with %s: %r" % (*case, reply) for case, (reply, _) in zip(CASES, mail)
              if reply.code != "454"]
    tap.ok(not faults, title + ": stock Postfix says 454 to every name", *faults)
    tap.ok("code=temp_fail" in ours[2], title + ": our plugin is told of a temporary failure", ours)
    worst = max(taken for _, taken, *_ in got + [ours])
    worst_mail = max(taken for _, taken in mail)
    tap.ok(worst < DEADLINE_S and worst_mail < DEADLINE_S,
           "%s: all within %.2f s: %.2f s, by Postfix %.2f s" % (title, DEADLINE_S, worst, worst_mail))
    # A question of form needs no directory.
    word, _, line = attempt("ok", "", realm)
    tap.ok(word == "FAIL" and "[malformed-credentials]" in line,
           title + ": an empty password is malformed all the same", line)


def dead_is_quick(title, realm):
    """Once the breaker knows, answers come at once."""
    times = []
    for _ in range(6):
        word, taken, line = attempt("ok", RIGHT, realm)
        times.append(taken)
        if word != LATER:
            tap.ok(False, title + ": still down", line)
    times.sort()
    tap.ok(times[len(times) // 2] < 0.5, title + ": then answers come at once", times)


def recover(title, realms):
    """Seconds from now until each realm lets ok in and refuses a wrong password again; no 535 before."""
    begun = time.monotonic()
    for realm in realms:
        faults = []
        while True:
            word, _, line = attempt("ok", RIGHT, realm)
            if word == "OK" or time.monotonic() - begun > 20:
                break
            if word != LATER:
                faults.append(line)
            time.sleep(0.05)
        taken = time.monotonic() - begun
        tap.ok(word == "OK" and taken < RECOVER_S and not faults,
               "%s: %s is well again within 5 s, and no 535 till then" % (title, realm),
               "%.2f s" % taken, line, *faults[:5])
        while True:
            word, _, line = attempt(UNKNOWN, RIGHT, realm)
            if word == "FAIL" or time.monotonic() - begun > 20:
                break
            time.sleep(0.05)
        taken = time.monotonic() - begun
        tap.ok(word == "FAIL" and "[bad-credentials]" in line and taken < RECOVER_S,
               "%s: %s refuses again" % (title, realm), "%.2f s" % taken, line)


def settle(realms):
    """Every thread of these realms' pools has connections that work."""
    end = time.monotonic() + 20
    for realm in realms:
        good = 0
        while good < 12 and time.monotonic() < end:
            good = good + 1 if attempt("ok", RIGHT, realm)[0] == "OK" else 0


def outage(title, realms, begin, end, others, quick=False):
    """begin() the fault, look at all it may and may not do, end() it."""
    settle(realms)
    counted = slapd.failures("ok"), slapd.failures("disabled")
    watch = Others(others)
    watch.begin()
    begin()
    try:
        with concurrent.futures.ThreadPoolExecutor(len(realms)) as pool:
            list(pool.map(lambda realm: all_later("%s, %s" % (title, realm), realm), realms))
        if quick:
            for realm in realms:
                dead_is_quick("%s, %s" % (title, realm), realm)
    finally:
        watch.end(title)
        end()
    recover(title, realms)
    time.sleep(0.3)
    # Each attempt with a wrong password counts once at the most, and one with the right one never.
    now = slapd.failures("ok"), slapd.failures("disabled")
    mine = 3 * len(realms)
    more = [len(new) - len(old) for old, new in zip(counted, now)]
    tap.ok(more[0] <= mine and more[1] <= mine, "%s: slapd has counted no failure of its own" % title,
           more)


def innocent(title, realm, begin, end):
    """The right password alone, all through an outage: slapd counts nothing at all."""
    settle([realm])
    before = slapd.failures("acctnotyet")
    begin()
    try:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: attempt("acctnotyet", RIGHT, realm), range(32)))
    finally:
        end()
    recover(title + " and right passwords", [realm])
    time.sleep(0.3)
    tap.equal(slapd.failures("acctnotyet"), before, title + ": right passwords count no failure")


# --- the real slapd -------------------------------------------------------------------------------

def stop_cont(number):
    return lambda: os.kill(slapd.pid(), number)


def real_slapd():
    outage("slapd stopped", [REALM, HASH], stop_cont(signal.SIGSTOP), stop_cont(signal.SIGCONT), [], True)
    innocent("slapd stopped", REALM, stop_cont(signal.SIGSTOP), stop_cont(signal.SIGCONT))
    outage("slapd away", [REALM, HASH], lambda: lab.command("ldap", "stop"),
           lambda: lab.command("ldap", "start"), [], True)


# --- the proxy ------------------------------------------------------------------------------------

def for_accounts(tag, code, dn=None):
    """Answers so to binds as accounts (or as `dn`), or to searches; the service's own bind is passed on."""
    def mode(request):
        if request.tag != tag:
            return None
        if tag == BIND and (not request.dn.endswith(BASE) or dn and request.dn != dn):
            return None
        return code
    return mode


def all_binds(code):
    return lambda request: code if request.tag == BIND else None


def hostile_modes():
    rows = [(name, name) for name in ("hang", "drip", "cut", "drop", "garbage", "gone")]
    for code, name in ((ldap_proxy.BUSY, "busy"), (ldap_proxy.UNAVAILABLE, "unavailable"),
                       (ldap_proxy.UNWILLING, "unwilling")):
        rows.append((name + " to searches", for_accounts(SEARCH, code)))
        rows.append((name + " to accounts' binds", for_accounts(BIND, code)))
    rows.append(("busy to every bind", all_binds(ldap_proxy.BUSY)))
    rows.append(("an unknown code to accounts' binds", for_accounts(BIND, ldap_proxy.OTHER)))
    return rows


def hostile():
    with Proxy(lab.env["LDAP_HOSTILE"], lab.env["LDAP_URI"]) as proxy:
        recover("the proxy as such", [HOSTILE])
        for name, mode in hostile_modes():
            def spoil(mode=mode):
                proxy.mode = mode
            def mend():
                proxy.mode = "pass"
                # What drips or hangs does so for ever.
                if name in ("hang", "drip"):
                    proxy.drop_all()
            tap.run(outage, name, [HOSTILE], spoil, mend, [REALM, HASH], name == "hang")
        def away():
            proxy.stop()
        tap.run(outage, "refused", [HOSTILE], away, proxy.start, [REALM], True)
        full = Full(lab.env["LDAP_HOSTILE"])
        def swallow():
            proxy.stop()
            full.__enter__()
        def back():
            full.__exit__()
            proxy.start()
        tap.run(outage, "black hole", [HOSTILE], swallow, back, [REALM], True)


def odd_account():
    """A code that the table does not have, for one account alone: that one is as an unknown name is."""
    dn = "uid=odd," + BASE
    with Proxy(lab.env["LDAP_HOSTILE"], lab.env["LDAP_URI"]) as proxy:
        settle([HOSTILE])
        for code in (ldap_proxy.OTHER, 1, 16, 65):
            proxy.mode = for_accounts(BIND, code, dn)
            said = [attempt(user, password, HOSTILE) for user, password in (
                ("odd", RIGHT), ("odd", WRONG), (UNKNOWN, RIGHT))]
            kinds = {re.sub(r"\(id \w{8}\)|user=[^\t]*", "", line) for _, _, line in said}
            tap.ok(len(kinds) == 1 and "[bad-credentials]" in next(iter(kinds)),
                   "code %d for one account: answered as an unknown name is" % code, *said)
            tap.equal(attempt("ok", RIGHT, HOSTILE)[0], "OK",
                      "code %d for one account: others log in" % code)


def certificates():
    folder = lab.env["LDAP_TLS"]

    def server(name):
        return Proxy(lab.env["LDAPS_HOSTILE"], lab.env["LDAP_URI"],
                     os.path.join(folder, name + ".pem"), os.path.join(folder, "key.pem"))

    for name in ("expired", "other-host", "other-ca"):
        bad, good = server(name), server("good")
        good.start()
        def spoil(bad=bad, good=good):
            good.stop()
            bad.start()
        def mend(bad=bad, good=good):
            bad.stop()
            good.start()
        tap.run(outage, "certificate: " + name, [TLS], spoil, mend, [REALM], name == "expired")
        good.stop()
    with server("good") as proxy:
        def hang():
            proxy.mode = "hang"
            proxy.drop_all()
        def mend_hang():
            proxy.mode = "pass"
        tap.run(outage, "TLS that never greets", [TLS], hang, mend_hang, [REALM])


def failover():
    """With a second server nobody waits long, and the preferred one serves again when it is back."""
    with Proxy(lab.env["LDAP_FIRST"], lab.env["LDAP_URI"]) as proxy:
        settle([TWO])
        tap.ok(proxy.accepted > 0, "failover: the first server serves", proxy.accepted)
        log = slapd.Log()
        said = attempt("ok", RIGHT, TWO)
        tap.equal((said[0], len(log.binds())), ("OK", 1), "failover: one bind for a login", said)
        for name, begin in (("refuses", proxy.stop), ("hangs", lambda: setattr(proxy, "mode", "hang"))):
            begin()
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                got = list(pool.map(lambda case: (case, attempt(*case, TWO)), [
                    ("ok", RIGHT), (UNKNOWN, RIGHT), ("disabled", RIGHT)] * 4))
            wants = {"ok": "OK\t", "disabled": "[account-disabled]", UNKNOWN: "[bad-credentials]"}
            faults = ["%s: %s" % (case[0], answer) for case, answer in got
                      if wants[case[0]] not in answer[2] or answer[1] > DEADLINE_S]
            tap.ok(not faults, "failover: the first one %s, the second answers in time" % name, *faults)
            times = sorted(attempt("ok", RIGHT, TWO)[1] for _ in range(9))
            tap.ok(times[4] < 0.2, "failover: the first one %s, soon nobody waits for it" % name, times)
            proxy.stop()
            proxy.mode = "pass"
            proxy.accepted = 0
            proxy.start()
            end = time.monotonic() + 20
            begun = time.monotonic()
            while not proxy.accepted and time.monotonic() < end:
                attempt("ok", RIGHT, TWO)
                time.sleep(0.05)
            tap.ok(proxy.accepted, "failover: it %s no more, and serves again after %.1f s" % (
                name, time.monotonic() - begun))
            settle([TWO])


tap.ok(attempt("ok", RIGHT, HOSTILE)[0] == LATER, "nobody listens at the hostile server's port")
tap.run(real_slapd)
tap.run(hostile)
tap.run(odd_account)
tap.run(certificates)
tap.run(failover)
tap.done()
