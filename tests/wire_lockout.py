#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Locks: what counts, for whom, where from and for how long; and that they tell nobody who exists.

Needs the lab (tests/lab up). In all of it a name that exists and one that does not are tried in turns, and
at each step both must read the same, but for the id. Stock Postfix lets this client be anywhere.
"""
import collections
import concurrent.futures
import itertools
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import slapd
import smtp
import tap
from auth import Closed, Peer, b64, plain
from pace import Metronome

SOCKET = lab.env["AUTH_SOCKET"]
FORWARDER = lab.env["TRUSTED_FORWARDER"]
KNOWN, UNKNOWN = "alice", "nobody-here"
BOTH = (KNOWN, UNKNOWN)
THRESHOLD, LOCK_S, FLOOR_MS = 10, 900, 150
FACTOR = 10
counter = itertools.count(1)


def full(user):
    return user if "@" in user else user + "@example.org"


def another():
    """A wrong password that nobody has tried yet."""
    return "wrong-%d" % next(counter)


def login(user, password, mta="postfix", mech="PLAIN", **more):
    return smtp.try_login(lab.where(mta), mech, user, password, **more)


def ask(user, password, *fields):
    with Peer(SOCKET) as peer:
        return peer.ask(1, "PLAIN", plain(user, password), *fields)


def storm(cases):
    """PLAIN for each (user, password, fields...), at once."""
    with Peer(SOCKET, timeout=60) as peer:
        return peer.ask_all(cases)


def rows(user=None):
    """What `lockouts list` has of a name, or of all."""
    found = lab.cli_json("lockouts", "list")["lockouts"]
    return [row for row in found if user is None or row["name"] == full(user)]


def failures(user, scope, network=None):
    """How many count; 0 without a row."""
    return sum(row["failures"] for row in rows(user)
               if row["scope"] == scope and (network is None or row["network"] == network))


def locked(reply):
    return reply.token == "account-locked"


def minutes(reply):
    found = re.search(r"Minutes left[^:]*: (\d+)\.", reply.text)
    return int(found[1]) if found else None


# --- one name, one network ------------------------------------------------------------------------

def interleaved(title, attempt):
    """Twelve for each, in turns: the same at every step, and both locked from the same step on."""
    steps, replies = collections.defaultdict(list), []
    for step in range(1, 13):
        pair = [attempt(user, step) for user in BOTH]
        replies.append(pair)
        tap.equal(pair[0].neutral, pair[1].neutral, "%s, step %d: %s and %s read the same" % (title, step, *BOTH))
        for user, reply in zip(BOTH, pair):
            steps[user].append(locked(reply))
    first = {user: 1 + list(states).index(True) if True in states else None for user, states in steps.items()}
    tap.ok(len(set(first.values())) == 1 and first[KNOWN] in (THRESHOLD, THRESHOLD + 1),
           title + ": both are locked from step 10 or 11 on", first)
    for user in BOTH:
        at = first[user] or 12
        tap.ok(not any(steps[user][:at - 1]) and all(steps[user][at - 1:]), title + ": %s stays locked" % user,
               steps[user])
    last = replies[-1][0]
    tap.ok(minutes(last) in (14, 15), title + ": the minutes that are left are told", repr(last))
    return replies


def plain_lock():
    lab.unlock(*BOTH)
    metronome = Metronome()

    def attempt(user, _):
        metronome.take()
        reply = login(user, another())
        # What this machine let somebody wait for meanwhile is not the daemon's.
        reply.late = 1000 * metronome.take()
        return reply

    replies = interleaved("PLAIN", attempt)
    metronome.stop()
    tap.ok(all(reply.token == "bad-credentials" for reply in replies[0]), "at first it is bad-credentials")
    times = ["%.0f (%.0f)" % (reply.ms, reply.late) for pair in replies for reply in pair]
    tap.ok(min(reply.ms for reply in replies[5]) > FLOOR_MS + 500 and
           all(reply.ms < FLOOR_MS + 2500 + reply.late for pair in replies for reply in pair),
           "the answers come later and later, to 2 s more", *times)
    tap.ok(all(abs(one.ms - other.ms) < 200 + one.late + other.late for one, other in replies),
           "and equally late to both", *times)
    told = {password: login(KNOWN, password).neutral for password in (lab.RIGHT, another(), lab.WRONG)}
    tap.equal(len(set(told.values())), 1, "while it is locked the right password reads what a wrong one does", told)
    tap.equal(told[lab.RIGHT], login(UNKNOWN, lab.RIGHT).neutral, "and what an unknown name does")
    for mech in ("LOGIN", "CRAM-MD5", "SCRAM-SHA-256"):
        pair = [login(user, lab.RIGHT, mech=mech) for user in BOTH]
        tap.ok(locked(pair[0]) and pair[0].neutral == pair[1].neutral, "locked for %s too" % mech, *map(repr, pair))
    for mta in lab.MTAS[1:]:
        pair = [login(user, lab.RIGHT, mta) for user in BOTH]
        tap.ok(pair[0].code == "535" and pair[0].neutral == pair[1].neutral and
               (mta == "postfix_cyrus" or locked(pair[0])), mta + ": locked there too", *map(repr, pair))
    for user in ("ALICE@Example.ORG", " alice", "\uff41lice"):
        tap.ok(locked(login(user, lab.RIGHT)), "%r is alice, and locked" % user)
    tap.ok(login("hashed", lab.RIGHT).code == "235", "another name from the same address logs in")
    seen = lab.cli_json("explain", KNOWN)
    tap.ok(seen["client_locked"] and {row["said"] for row in seen["proofs"]} == {"account-locked"},
           "explain without an address is as from where she is locked", seen)
    tap.ok("%s, which is locked" % seen["client"] in lab.cli("explain", KNOWN), "and says from where")
    seen = lab.cli_json("explain", KNOWN, "--address", "192.0.2.33")
    tap.equal([row["outcome"] for row in seen["proofs"] if row["proof"] == "current"], ["allow"],
              "explain from another network: the right password logs in there")


def elsewhere():
    """The lock is of one network: others are let in, and do not hear of it."""
    for address in ("192.0.2.33", "2001:db8:33::1"):
        reply = login(KNOWN, lab.RIGHT, address=address)
        tap.equal(reply.code, "235", "from %s she logs in" % address, repr(reply))
        reply = login(UNKNOWN, lab.RIGHT, address=address)
        tap.equal(reply.token, "bad-credentials", "from %s nobody-here is unknown" % address, repr(reply))
    tap.ok(locked(login(KNOWN, lab.RIGHT)), "and that opens nothing here")


def on_the_list():
    now = time.time()
    seen = {}
    for user in BOTH:
        mine = [row for row in rows(user) if row["scope"] == "name-network" and
                row["network"] in ("127.0.0.1/32", "127.0.0.1")]
        seen[user] = [(row["failures"], row["network"]) for row in mine]
        tap.ok(len(mine) == 1 and mine[0]["failures"] >= THRESHOLD and
               now < mine[0]["until"] <= now + LOCK_S and now - 300 < mine[0]["since"] <= now,
               "`lockouts list` has the lock of " + user, rows(user))
        text = lab.cli("lockouts", "show", user)
        tap.ok("127.0.0.1" in text and user in text, "`lockouts show` has it: " + user, text)
    tap.equal(seen[KNOWN], seen[UNKNOWN], "and no difference between the two")
    text = lab.cli("lockouts", "list")
    tap.ok(all(full(user) in text for user in BOTH), "plain words have both", text)


def outlives():
    """Neither a new worker, nor a reload, nor a restart forgets."""
    before = {user: failures(user, "name-network") for user in BOTH}

    def check(what):
        pair = [login(user, lab.RIGHT) for user in BOTH]
        tap.ok(locked(pair[0]) and pair[0].neutral == pair[1].neutral, what + ": both are still locked",
               *map(repr, pair))
        tap.equal({user: failures(user, "name-network") for user in BOTH}, before, what + ": the same counts")
    lab.command("daemon", "stop")
    lab.command("daemon", "start")
    check("a restart")
    lab.new_worker(lab.signal_worker(signal.SIGKILL))
    check("a worker killed")
    old = lab.worker()
    lab.reload_daemon()
    lab.new_worker(old)
    check("a reload")


def cleared():
    done = lab.cli_json("lockouts", "clear", KNOWN)
    tap.ok(done["cleared"] >= 1, "`lockouts clear`", done)
    tap.equal(login(KNOWN, lab.RIGHT).code, "235", "cleared, she logs in at once")
    tap.ok(locked(login(UNKNOWN, lab.RIGHT)), "the other name is locked still")
    lab.cli("lockouts", "clear", UNKNOWN)
    tap.equal(login(UNKNOWN, lab.RIGHT).token, "bad-credentials", "cleared, nobody-here is unknown again")
    lab.unlock(*BOTH)
    tap.equal(lab.cli_json("lockouts", "clear", "never-seen-before")["cleared"], 0, "of a name that has nothing: 0")
    tap.equal(lab.cli_json("lockouts", "show", "never-seen-before", want=(0, 67)).get("lockouts", []), [],
              "and nothing to show")


def challenges():
    """SCRAM and CRAM-MD5 count, whatever is wrong: cleartext, hashed and unknown lock at one step."""
    users = (KNOWN, "hashed", UNKNOWN)

    def lock(mech, address):
        first = {}

        def one(user):
            # Of hashed the right one: it cannot be proven so, and must count as an unknown name does.
            return login(user, lab.RIGHT if user == "hashed" else another(), mech=mech, address=address)
        for step in range(1, 13):
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                replies = dict(zip(users, pool.map(one, users)))
            kinds = {reply.neutral for reply in replies.values()}
            tap.equal(len(kinds), 1, "%s, step %d: cleartext, hashed and unknown read the same" % (mech, step),
                      *kinds)
            for user, reply in replies.items():
                if locked(reply):
                    first.setdefault(user, step)
                elif reply.token != "credentials-or-mechanism":
                    tap.ok(False, "%s, step %d, %s: no other token" % (mech, step, user), repr(reply))
        tap.ok(len(first) == 3 and set(first.values()) <= {THRESHOLD, THRESHOLD + 1},
               mech + ": all three are locked from step 10 or 11 on", first)

    lab.unlock(*users)
    # Of two networks, so that neither counts for the other.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: tap.run(lock, *job),
                      (("SCRAM-SHA-256", "192.0.2.100"), ("CRAM-MD5", "192.0.2.101"))))
    lab.unlock(*users)


# --- what does not count --------------------------------------------------------------------------

def same_again():
    """A mail program that repeats one wrong password, or two, locks nobody."""
    lab.unlock(*BOTH)

    def session(mech):
        with smtp.Session(lab.where("postfix")) as peer:
            replies = [peer.auth(mech, KNOWN, lab.WRONG) for _ in range(15)]
        tap.ok(all(reply.token == "bad-credentials" for reply in replies), "15 times the same, %s" % mech,
               *map(repr, replies[-2:]))

    def many(user):
        answers = storm([(user, lab.WRONG, "rip=127.0.0.1")] * 50)
        tap.equal({answer.token for answer in answers}, {"bad-credentials"},
                  "50 times the same wrong password of %s" % user)
        tap.equal(failures(user, "name-network"), 1, "%s: which counts once" % user, *rows(user))
        for _ in range(3):
            storm([(user, password, "rip=127.0.0.1") for password in ("one", "two", lab.WRONG)])
        tap.equal(failures(user, "name-network"), 3, "%s: two more are three" % user, *rows(user))

    tap.run_all(session, ("PLAIN", "LOGIN"))
    tap.run_all(many, BOTH)
    tap.equal(login(KNOWN, lab.RIGHT).code, "235", "and the right one logs in")
    tap.equal(failures(KNOWN, "name-network"), 0, "which begins the count anew", *rows(KNOWN))


def never_counts():
    """Fifteen of each, different ones where there are: not one failure on the list."""
    bob, sue = "bob@hashed.example.org", "sue@secure.example.org"
    lab.unlock()
    appreq, far = "appreq", "hashed"

    def mismatch():
        for user in (bob, "nobody-here@hashed.example.org"):
            yield login(user, another(), mech="CRAM-MD5").token

    def malformed():
        with Peer(SOCKET) as peer:
            yield peer.ask(1, "PLAIN", b64("\0alice\0" + another() + "\0"), "rip=127.0.0.1").token

    def without_tls():
        for user in (sue, "nobody-here@secure.example.org"):
            yield login(user, another()).token

    def later():
        for user in ("ok@hostile.ldap.example.org", "nobody-here@hostile.ldap.example.org"):
            try:
                yield str(ask(user, another(), "rip=127.0.0.1"))
            except Closed:
                yield "closed"

    def authzid():
        with smtp.Session(lab.where("postfix")) as session:
            yield session.plain(KNOWN, another(), authzid="hashed").token

    def state(user, password):
        def one():
            yield login(user, password).token
        return one

    cases = {"mechanism-mismatch": mismatch, "malformed-credentials": malformed, "tls-required": without_tls,
             "closed": later, "authzid-denied": authzid, "app-password-required": state(appreq, lab.RIGHT),
             "password-changed": state("stale", "old-pw"), "account-disabled": state("disabled", lab.RIGHT),
             "password-expired": state("pwexpired", lab.RIGHT), "oauth2-required": state("oauth", lab.RIGHT)}
    # Of accounts that are gone.
    before = rows()
    for token, attempt in cases.items():
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            got = {one for each in pool.map(lambda _: list(attempt()), range(15)) for one in each}
        tap.equal(got, {token}, "15 times %s, and nothing else" % token)
        tap.equal([row for row in rows() if row not in before], [], "%s counts nothing" % token)
    tap.equal(login(far, lab.RIGHT).code, "235", "the others log in")
    tap.equal(smtp.try_login(lab.where("postfix"), "PLAIN", sue, lab.RIGHT, tls=True).code, "235",
              "over TLS she does")
    lab.unlock()


def observed():
    """Who only observes locks nobody out, and says what it would have done."""
    eve, nobody = "eve@observe.example.org", "nobody-here@observe.example.org"
    lab.unlock()
    tail = lab.Tail(lab.env["REASOND_LOG"])
    for user in (eve, nobody):
        answers = storm([(user, another(), "rip=192.0.2.44") for _ in range(12)])
        answers.append(ask(user, another(), "rip=192.0.2.44"))
        tap.equal({(answer.word, answer.text) for answer in answers}, {("FAIL", "")},
                  "observe: %s reads the MTA's own text every time" % user)
    tap.ok(ask(eve, lab.RIGHT, "rip=192.0.2.44").good, "observe: the right password logs in all the while")
    tap.ok(tail.wait(lambda line: "user=" + nobody in line and "observe=yes" in line), "observe: the log has it all")
    lab.unlock()


# --- many networks, many names --------------------------------------------------------------------

def spread(user, networks, each, net=0):
    """Different wrong passwords for a name, `each` from every one of so many networks."""
    answers = []
    for _ in range(each):
        answers += storm([(user, another(), "rip=198.51.%d.%d" % (100 + net, number))
                          for number in range(1, networks + 1)])
    return answers


def name_lock():
    """A hundred from many networks lock the name; an app password, which cannot be guessed, logs in."""
    lab.unlock()
    app = lab.cli_json("app-password", "add", KNOWN, "--label", "under a lock %x" % int(time.time()))
    for user in BOTH:
        answers = spread(user, 30, 3)
        tap.equal({answer.token for answer in answers}, {"bad-credentials"},
                  "90 failures of %s from 30 networks: no lock" % user)
    tap.ok(ask(KNOWN, app["secret"], "rip=192.0.2.200").good, "an app password logs in before")
    for user in BOTH:
        spread(user, 30, 1, 1)
        tap.ok(failures(user, "name") >= THRESHOLD * FACTOR, "120 lock the name of " + user, *rows(user)[:3])
    replies = {(user, password): login(user, password, address="192.0.2.201")
               for user in BOTH for password in (lab.RIGHT, another())}
    kinds = {reply.neutral for reply in replies.values()}
    tap.ok(len(kinds) == 1 and locked(next(iter(replies.values()))),
           "then from a network that has done nothing: one reply to right and wrong, known and unknown", *kinds)
    reply = login(KNOWN, app["secret"], address="192.0.2.201")
    tap.equal(reply.code, "235", "the app password logs in under the lock of the name", repr(reply))
    tap.ok(locked(login(KNOWN, lab.RIGHT, address="192.0.2.202")), "the main password does not")
    other = login("hashed", app["secret"], address="192.0.2.203")
    tap.equal(other.token, "bad-credentials", "by another name it is a wrong password")
    reply = login(UNKNOWN, app["secret"], address="192.0.2.201")
    tap.ok(locked(reply), "by the unknown name it is as locked as anything", repr(reply))
    lab.cli("app-password", "revoke", KNOWN, app["id"])
    reply = login(KNOWN, app["secret"], address="192.0.2.201")
    tap.ok(reply.code == "535" and reply.token in ("app-password-revoked", "account-locked"),
           "revoked, it does not log in", repr(reply))
    lab.unlock()
    tap.equal(login(KNOWN, lab.RIGHT, address="192.0.2.202").code, "235", "cleared, she logs in")


def shares():
    """A login takes its own network's failures away, and no others."""
    lab.unlock()
    here, there = "192.0.2.61", "192.0.2.62"
    for address in (here, there):
        storm([(KNOWN, another(), "rip=" + address) for _ in range(5)])
    tap.equal(failures(KNOWN, "name"), 10, "five from each of two networks", *rows(KNOWN))
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=" + here).good, "a login from one of them")
    tap.equal((failures(KNOWN, "name-network", here + "/32"), failures(KNOWN, "name-network", there + "/32"),
               failures(KNOWN, "name")), (0, 5, 5), "takes that one's share away", *rows(KNOWN))
    storm([(KNOWN, another(), "rip=" + there) for _ in range(5)])
    tap.ok(locked(ask(KNOWN, lab.RIGHT, "rip=" + there)), "five more lock the other one")
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=" + here).good, "and that one alone")
    lab.unlock()


def prefixes():
    """IPv6 is counted by /64."""
    lab.unlock()
    tap.run_all(lambda user: storm([(user, another(), "rip=2001:db8:61::%x" % (number + 1))
                                    for number in range(THRESHOLD)]), BOTH)
    pair = [login(user, lab.RIGHT, address="2001:db8:61::ffff") for user in BOTH]
    tap.ok(locked(pair[0]) and pair[0].neutral == pair[1].neutral, "ten addresses of one /64 are one network",
           *map(repr, pair))
    tap.equal(login(KNOWN, lab.RIGHT, address="2001:db8:61:1::1").code, "235", "another /64 is another one")
    lab.unlock()


def network_lock():
    """Many names from one network lock the network, but not one that many share."""
    lab.unlock()
    bad = "203.0.113.77"
    answers = []
    for first in range(0, 110, 10):
        answers += storm([("guess-%d" % (first + number), another(), "rip=" + bad) for number in range(10)])
    tokens = [answer.token for answer in answers]
    at = tokens.index("too-many-attempts") if "too-many-attempts" in tokens else None
    tap.ok(at is not None and 95 <= at <= 101, "about a hundred names from one network lock it", at)
    replies = {user: login(user, lab.RIGHT, address=bad) for user in (KNOWN, "hashed", "disabled", UNKNOWN)}
    kinds = {reply.neutral for reply in replies.values()}
    reply = replies[KNOWN]
    tap.ok(len(kinds) == 1 and reply.token == "too-many-attempts" and minutes(reply) in (14, 15),
           "then every name reads so from there, with the minutes", *kinds)
    tap.equal(login(KNOWN, lab.RIGHT, address="203.0.113.78").code, "235", "its neighbour is no part of it")
    listed = [row for row in rows() if row["scope"] == "network"]
    tap.ok(any(bad in (row["network"] or "") and row["until"] for row in listed), "the list has it", *listed)
    lab.cli("lockouts", "clear", "--network", bad)
    tap.equal(login(KNOWN, lab.RIGHT, address=bad).code, "235", "cleared, it is open")
    for first in range(0, 110, 10):
        storm([("guess-%d" % (first + number), another(), "rip=127.0.0.1") for number in range(10)])
    tap.equal(login(KNOWN, lab.RIGHT).code, "235", "loopback, which many share, is never locked as a network")
    lab.unlock()


def forwarder():
    """A webmail server speaks for many: from there a name is counted by itself, at ten times as many."""
    lab.unlock()

    def twelve(user):
        answers = storm([(user, another(), "rip=" + FORWARDER) for _ in range(12)])
        tap.equal({answer.token for answer in answers}, {"bad-credentials"}, "twelve of %s by webmail" % user)
        tap.ok(failures(user, "name-network") == 0 and failures(user, "name") == 12,
               "%s: counted by name alone" % user, *rows(user))

    tap.run_all(twelve, BOTH)
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=" + FORWARDER).good, "the right one logs in by webmail")
    for first in range(0, 120, 10):
        storm([("guess-%d" % (first + number), another(), "rip=" + FORWARDER) for number in range(10)])
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=" + FORWARDER).good, "and many names do not lock the webmail server")
    lab.unlock()


def forwarded():
    """A forwarder that names its client: one that is trusted is believed, any other is the client itself."""
    by_webmail, by_another = "real_rip=" + FORWARDER, "real_rip=198.51.100.99"

    def believed(user):
        storm([(user, another(), "rip=192.0.2.71", by_webmail) for _ in range(THRESHOLD)])
        tap.ok(locked(ask(user, lab.RIGHT, "rip=192.0.2.71", by_webmail)), "%s: webmail's client is locked" % user)

    def not_believed(user):
        storm([(user, another(), "rip=192.0.2.%d" % (80 + number), by_another) for number in range(THRESHOLD)])
        tap.ok(locked(ask(user, lab.RIGHT, "rip=192.0.2.95", by_another)),
               "%s: whom an unknown forwarder names does not matter: it is locked itself" % user)

    tap.run_all(believed, BOTH)
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=192.0.2.72", by_webmail).good, "another client of webmail is not")
    tap.run_all(not_believed, BOTH)
    tap.ok(ask(KNOWN, lab.RIGHT, "rip=192.0.2.80").good, "and not whom it named")
    lab.unlock()


def aliases():
    """One account by two names: its own counter, of which nobody is told, catches what each hides."""
    one, two = slapd.at("pair"), slapd.at("pear")
    lab.unlock()
    for number, user in enumerate((one, two)):
        answers = spread(user, 20, 3, 20 + number)
        tap.equal({answer.token for answer in answers}, {"bad-credentials"}, "60 failures of " + user)
    want = login(slapd.at(UNKNOWN), slapd.RIGHT, address="192.0.2.211").neutral
    for user in (one, two):
        reply = login(user, slapd.RIGHT, address="192.0.2.210")
        tap.equal((reply.token, reply.neutral), ("bad-credentials", want),
                  "then %s is told what an unknown name is, with the right password" % user, repr(reply))
        reason = lab.cli_json("why", reply.id)["incident"]
        tap.ok(reason["reason"] == "account-locked", "`why` has the lock", reason)
    lab.unlock(one, two)
    tap.equal(login(one, slapd.RIGHT, address="192.0.2.210").code, "235", "cleared, it logs in")
    lab.unlock()


lab.unlock()
for function in (plain_lock, elsewhere, on_the_list, outlives, cleared, challenges, same_again, never_counts,
                 observed, name_lock, shares, prefixes, network_lock, forwarder, forwarded, aliases):
    tap.run(function)
lab.unlock()
tap.done()
