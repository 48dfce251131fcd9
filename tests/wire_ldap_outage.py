#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A directory that is stopped, away, slow, broken or lying: never a 535 for it, and nobody else waits.

Needs the lab (tests/lab up). The real slapd is stopped and ended; every other fault is one of
tests/lib/ldap_proxy.py, which stands before slapd in realms of its own. While a fault lasts, every attempt
that proves nothing gets 454 (in the Dovecot protocol: the end of the connection), known name or not,
within the backend's total_timeout and a little; other realms are measured before and meanwhile.
"""
import concurrent.futures
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import ldap_proxy
import slapd
import smtp
import tap
from auth import Closed, Peer, plain
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

class Pulse:
    """Logins of somebody of another realm, one after the other, in a process of its own (--pulse)."""

    def __init__(self, user, password):
        self.user = user
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--pulse", user, password],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def stop(self):
        """(times in ms, lines about what was no login)"""
        out, _ = self.process.communicate("", timeout=20)
        return json.loads(out)

    @staticmethod
    def main(user, password):
        times, faults = [], []
        with Peer(SOCKET, timeout=12) as peer:
            print("ready", flush=True)
            while not select.select([sys.stdin], [], [], 0.003)[0]:
                begun = time.monotonic()
                try:
                    answer = peer.ask(len(times) + 1, "PLAIN", plain(user, password))
                except (Closed, OSError) as error:
                    faults.append("%s: %s" % (user, error))
                    break
                times.append(1000 * (time.monotonic() - begun))
                if answer.word != "OK":
                    faults.append("%s: %s" % (user, answer))
        print(json.dumps([times, faults[:5]]))


def figures(times):
    """p50 and p99."""
    times = sorted(times) or [1e9]
    return [times[len(times) * part // 100] for part in (50, 99)]


class Others:
    """What other realms answer, and how fast: against the same logins without an outage."""

    calm = {}

    def __init__(self, realms, directories):
        self.realms = realms
        self.people = [("alice@example.org", lab.RIGHT)]
        self.people += [(at("ok", realm), RIGHT) for realm in directories]
        if tuple(realms) not in self.calm:
            self.measure()

    def measure(self):
        self.begin()
        for realm in self.realms:
            hammer(realm)
        self.calm[tuple(self.realms)] = {pulse.user: figures(pulse.stop()[0])
                                         for pulse in self.pulses}

    def begin(self):
        self.pulses = [Pulse(*person) for person in self.people]

    def end(self):
        self.seen = {pulse.user: pulse.stop() for pulse in self.pulses}

    def slower(self):
        # An outage that somebody waits for costs hundreds of ms; less is this machine's noise.
        return [user for user, (times, _) in self.seen.items()
                for old, new in [(self.calm[tuple(self.realms)][user], figures(times))]
                if new[0] > 2 * old[0] + 20 or new[1] > 2 * old[1] + 200]

    def judge(self, title):
        if self.slower():
            # The machine may have become slower since.
            self.measure()
        slower = self.slower()
        for user, (times, faults) in self.seen.items():
            tap.ok(times and not faults, "%s: %s logs in as ever" % (title, user), *faults)
            now, old = figures(times), self.calm[tuple(self.realms)][user]
            tap.ok(user not in slower, "%s: and as fast: p50 %.2f ms (%.2f), p99 %.2f ms (%.2f)" % (
                title, now[0], old[0], now[1], old[1]))


# --- an outage ------------------------------------------------------------------------------------

def hammer(realm, seconds=1.2):
    """All cases, two of each at a time and one through Postfix, over and over: lists of results."""
    end = time.monotonic() + seconds

    def again(ask, case):
        got = [(case, ask(*case, realm))]
        while time.monotonic() < end:
            got.append((case, ask(*case, realm)))
        return got

    with concurrent.futures.ThreadPoolExecutor(3 * len(CASES)) as pool:
        mail = [pool.submit(again, by_postfix, case) for case in CASES]
        got = [pool.submit(again, attempt, case) for case in CASES + CASES]
        return [sum((one.result() for one in ones), []) for ones in (got, mail)]


def neutral(text):
    return re.sub(r"\(id \w{8}\)|user=[^\t]*", "", text)


def all_later(title, realm, searches):
    """`searches`: who is not bound can still be answered, and then all names get the same."""
    got, mail = hammer(realm)
    word, _, line = attempt("ok", RIGHT, realm, "secured", "sasl-reason=1")
    excused = [case for case in CASES if searches and case[1] == APP]
    faults = ["%s with %s: %s after %.2f s" % (*case, line, taken)
              for case, (word, taken, line) in got if word != LATER and case not in excused]
    tap.ok(not faults, title + ": the auth socket hangs up on every name", *faults[:10])
    faults = ["%s with %s: %r" % (*case, reply) for case, (reply, _) in mail
              if reply.code != "454" and case not in excused]
    tap.ok(not faults, title + ": stock Postfix says 454 to every name", *faults[:10])
    if excused:
        kinds = {neutral(line) for case, (_, _, line) in got if case in excused}
        tap.equal(len(kinds), 1, title + ": what is never bound gets one answer for every name", *kinds)
    tap.ok("code=temp_fail" in line, title + ": our plugin is told of a temporary failure", word, line)
    worst = max(taken for _, (_, taken, _) in got)
    worst_mail = max(taken for _, (_, taken) in mail)
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
    # The delay of those who failed often is not looked at here.
    lab.unlock(*(at(UNKNOWN, realm) for realm in realms))
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


def outage(title, realms, begin, end, others, quick=False, searches=False):
    """begin() the fault, look at all it may and may not do, end() it."""
    settle(realms)
    watch = Others(realms, others)
    watch.begin()
    begin()
    try:
        for realm in realms:
            all_later("%s, %s" % (title, realm), realm, searches)
            if quick:
                dead_is_quick("%s, %s" % (title, realm), realm)
    finally:
        watch.end()
        end()
    recover(title, realms)
    watch.judge(title)


def innocent(title, realm, begin, end):
    """The right password alone, all through an outage: slapd counts no failure."""
    settle([realm])
    # A login clears what earlier tests have left.
    attempt("acctnotyet", RIGHT, realm)
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


def innocent_lock():
    """A wrong password in an outage counts once at the most, however often it was asked."""
    settle([REALM])
    before = len(slapd.failures("smtptoo"))
    os.kill(slapd.pid(), signal.SIGSTOP)
    try:
        word, _, _ = attempt("smtptoo", WRONG, REALM)
    finally:
        os.kill(slapd.pid(), signal.SIGCONT)
    recover("one wrong password while slapd is stopped", [REALM])
    time.sleep(0.3)
    more = len(slapd.failures("smtptoo")) - before
    tap.ok(word == LATER and more <= 1, "a wrong password while slapd is stopped counts once at most", more)


# --- the real slapd -------------------------------------------------------------------------------

def stop_cont(number):
    return lambda: os.kill(slapd.pid(), number)


def real_slapd():
    outage("slapd stopped", [REALM, HASH], stop_cont(signal.SIGSTOP), stop_cont(signal.SIGCONT), [], True)
    innocent("slapd stopped", REALM, stop_cont(signal.SIGSTOP), stop_cont(signal.SIGCONT))
    innocent_lock()
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
    rows.append(("an internal error to accounts' binds", for_accounts(BIND, ldap_proxy.OTHER)))
    rows.append(("an unknown code to accounts' binds", for_accounts(BIND, 123)))
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
            tap.run(outage, name, [HOSTILE], spoil, mend, [REALM, HASH], name == "hang",
                    name.endswith("binds") or name.endswith("bind"))
            tap.run(innocent, name, HOSTILE, spoil, mend)
        tap.run(outage, "refused", [HOSTILE], proxy.stop, proxy.start, [REALM, HASH], True)
        full = Full(lab.env["LDAP_HOSTILE"])
        def swallow():
            proxy.stop()
            full.__enter__()
        def back():
            full.__exit__()
            proxy.start()
        tap.run(outage, "black hole", [HOSTILE], swallow, back, [REALM, HASH], True)


def odd_account():
    """A code that the table does not have, for one account alone: that one is as an unknown name is."""
    dn = "uid=odd," + BASE
    with Proxy(lab.env["LDAP_HOSTILE"], lab.env["LDAP_URI"]) as proxy:
        settle([HOSTILE])
        for code in (1, 16, 34, 53, 65, 123):
            proxy.mode = for_accounts(BIND, code, dn)
            said = [attempt(user, password, HOSTILE) for user, password in (
                ("odd", RIGHT), ("odd", WRONG), (UNKNOWN, RIGHT))]
            kinds = {neutral(line) for _, _, line in said}
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
        # Somebody may have asked when nobody listened there yet.
        end = time.monotonic() + 20
        while not proxy.accepted and time.monotonic() < end:
            attempt("ok", RIGHT, TWO)
            time.sleep(0.05)
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


if sys.argv[1:2] == ["--pulse"]:
    Pulse.main(*sys.argv[2:])
    sys.exit(0)
lab.unlock()
tap.ok(attempt("ok", RIGHT, HOSTILE)[0] == LATER, "nobody listens at the hostile server's port")
for function in (real_slapd, hostile, odd_account, certificates, failover):
    lab.unlock()
    tap.run(function)
tap.done()
