#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real slapd with ppolicy behind the realm: who reads what, and what slapd itself gets to see.

Needs the lab (tests/lab up). Both ways of proof, verify = bind and verify = hash, on one slapd; refusals
that must not differ are compared octet by octet.
"""
import concurrent.futures
import datetime
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import slapd
import smtp
import tap
from auth import Answer, Peer, b64, plain
from slapd import APP, RIGHT, UNKNOWN, WRONG, at

SOCKET = lab.env["AUTH_SOCKET"]
FLOOR_MS = 150
PLUGIN = ("secured", "final-resp-ok", "sasl-reason=1")
# What slapd says of a bind, verify = hash has to read from the entry.
HASH_STATES = {**slapd.STATES, "ended": "account-expired", "early": "account-disabled",
               "grace": "password-expired"}
REALMS = {
    slapd.REALM: (slapd.STATES, slapd.FINE, slapd.SILENT + slapd.SILENT_BIND),
    slapd.HASH: (HASH_STATES, [name for name in slapd.FINE if name != "grace"], slapd.SILENT),
}
# Secrets of the shape of an app password.
APP_SHAPES = [APP, "abcdefghijklmnop", "ABCD EFGH IJKL MNOP", "AbCdEfGhIjKlMnOp", "qrst-uvwx-yzab-cdef",
              " abcdefghijklmnop "]


def login(where, mech, user, password):
    try:
        return smtp.try_login(where, mech, user, password)
    except smtp.Gone as error:
        return smtp.Reply(["000 %s" % error])


def ask_all(mta, cases):
    """{(user, password): reply}, PLAIN."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = pool.map(lambda case: login(lab.where(mta), "PLAIN", *case), cases)
        return dict(zip(cases, replies))


def ask_socket(user, password, *fields):
    with Peer(SOCKET) as peer:
        return peer.ask(1, "PLAIN", plain(user, password), *fields)


def ask_pipelined(cases, realm):
    """Answers to [(name, password)] of any octets, many at a time on one connection, in their order."""
    answers = {}
    with Peer(SOCKET, timeout=30) as peer:
        # Not more at a time than may wait for a backend (queue_length).
        for first in range(0, len(cases), 100):
            batch = list(enumerate(cases[first:first + 100], first))
            peer.send("".join("AUTH\t%d\tPLAIN\tservice=smtp\tresp=%s\n" % (number, b64(
                b"\0" + octets(name) + b"@" + realm.encode() + b"\0" + octets(password)))
                              for number, (name, password) in batch))
            for _ in batch:
                answer = Answer(peer.line())
                answers[int(answer.number)] = answer
    return [answers[number] for number in range(len(cases))]


def octets(text):
    return text if isinstance(text, bytes) else text.encode()


def neutral(answer):
    line = re.sub(r"\(id [A-Z0-9]{8}\)", "(id ........)", answer.raw)
    line = re.sub(r"incident=[A-Z0-9]{8}", "incident=........", line)
    return re.sub(r"^(\w+\t)\d+", r"\1N", re.sub(r"user=[^\t]*", "user=...", line))


# --- who reads what -------------------------------------------------------------------------------

def through_postfix(realm):
    states, fine, silent = REALMS[realm]
    everybody = [*states, *fine, *silent, UNKNOWN]
    replies = ask_all("postfix", [(at(user, realm), password) for user in everybody
                                  for password in (RIGHT, WRONG)])
    for user, token in states.items():
        reply = replies[at(user, realm), RIGHT]
        tap.ok(reply.code == "535" and reply.token == token,
               "%s, %s with the right password reads %s" % (realm, user, token), repr(reply))
    for user in fine:
        reply = replies[at(user, realm), RIGHT]
        tap.ok(reply.code == "235", "%s, %s logs in" % (realm, user), repr(reply))
    want = replies[at(UNKNOWN, realm), WRONG]
    tap.ok(want.code == "535" and want.token == "bad-credentials",
           realm + ", an unknown name reads bad-credentials", repr(want))
    same = [(user, WRONG) for user in everybody]
    same += [(user, RIGHT) for user in [*silent, UNKNOWN]]
    differ = ["%s with %s: %r" % (user, password, replies[at(user, realm), password])
              for user, password in same
              if replies[at(user, realm), password].neutral != want.neutral]
    tap.ok(not differ, "%s: %d replies that prove nothing differ in their ids alone" % (
        realm, len(same)), repr(want), *differ)
    early = ["%s with %s: %.0f ms" % (user, password, replies[at(user, realm), password].ms)
             for user, password in same
             if getattr(replies[at(user, realm), password], "ms", 0) < FLOOR_MS - 2]
    tap.ok(not early, realm + ": none of them leaves before the floor", *early)


def old_password(realm):
    reply = login(lab.where("postfix"), "PLAIN", at("stale", realm), "old-pw")
    changed = int(lab.env["LAB_STARTED"]) - 17 * 86400
    days = {datetime.datetime.fromtimestamp(changed, zone).strftime("%Y-%m-%d")
            for zone in (None, datetime.timezone.utc)}
    tap.ok(reply.token == "password-changed" and any(day in reply.text for day in days),
           realm + ": the previous password, and the date of its change", repr(reply), days)


def other_mtas():
    """The same texts as through Postfix, or the MTA's own where it cannot carry ours."""
    cases = [(at(user, realm), password) for realm in REALMS for user, password in (
        ("ok", RIGHT), ("disabled", RIGHT), ("pwexpired", RIGHT), ("appreq", RIGHT),
        ("locked", RIGHT), ("ok", WRONG), ("disabled", WRONG), (UNKNOWN, RIGHT))]
    head = re.compile(r"5\.7\.8 (Error: authentication failed: )?")
    want = ask_all("postfix", cases)
    for mta in lab.MTAS[1:]:
        lab.unlock()
        got = ask_all(mta, cases)
        faults = []
        for case in cases:
            good = got[case].code == want[case].code
            if mta != "postfix_cyrus" and want[case].code != "235":
                good = good and head.sub("", smtp.TOKEN.sub("", got[case].text)) == head.sub(
                    "", smtp.TOKEN.sub("", want[case].text)) and got[case].token == want[case].token
            if not good:
                faults.append("%s with %s: %r" % (*case, got[case]))
        tap.ok(not faults, mta + ": the directory's states as through stock Postfix", *faults)
        unproven = {got[case].neutral for case in cases
                    if want[case].token == "bad-credentials"}
        tap.equal(len(unproven), 1, mta + ": what proves nothing gets one reply", *unproven)
    replies = {user: login(lab.where("postfix"), "LOGIN", at(user), RIGHT)
               for user in ("ok", "mustchange", "lockedout", UNKNOWN)}
    tap.ok(replies["ok"].code == "235" and replies["mustchange"].token == "password-must-change"
           and replies["lockedout"].neutral == replies[UNKNOWN].neutral, "the same with LOGIN",
           *map(repr, replies.values()))


def on_the_socket(realm):
    """What our plugin is told, field by field."""
    states, _, silent = REALMS[realm]
    for user, token in states.items():
        answer = ask_socket(at(user, realm), RIGHT, *PLUGIN)
        tap.ok(answer.word == "FAIL" and answer.fields.get("reason_id") == token and
               answer.fields.get("user") == at(user, realm),
               "%s, auth socket: %s" % (realm, token), answer)
    kinds = {neutral(ask_socket(at(user, realm), password, *PLUGIN))
             for user in ("ok", "disabled", UNKNOWN, *silent) for password in (RIGHT, WRONG)
             if (user, password) not in (("ok", RIGHT), ("disabled", RIGHT))}
    tap.ok(len(kinds) == 1 and "bad-credentials" in next(iter(kinds)),
           realm + ", auth socket: what proves nothing gets one FAIL", *kinds)
    for name in ("OK", " ok", "\uff4fk", "o\u200bk"):
        answer = ask_socket(at(name, realm.upper()), RIGHT)
        tap.equal(answer.raw, "OK\t1\tuser=" + at("ok", realm), "%s: %r is ok" % (realm, name))
    answer = ask_socket(at("alias", realm), RIGHT)
    tap.equal(answer.raw, "OK\t1\tuser=real.name@ldap.example.org",
              realm + ": the name that the MTA gets is the directory's (name_attribute)")
    answer = ask_socket(at("alias", realm), WRONG)
    tap.ok(answer.word == "FAIL" and answer.fields.get("user") == at("alias", realm),
           realm + ": a refusal goes by the name that was sent", answer)


def challenges():
    """Stored secrets serve SCRAM and CRAM-MD5; a realm of binds cannot, and says so to everybody."""
    where = lab.where("postfix")
    for user, mech in (("scram", "SCRAM-SHA-256"), ("clear", "SCRAM-SHA-256"), ("clear", "CRAM-MD5")):
        reply = login(where, mech, at(user, slapd.HASH), RIGHT)
        tap.ok(reply.code == "235", "%s: %s by %s" % (slapd.HASH, user, mech), repr(reply))
    for mech in ("SCRAM-SHA-256", "CRAM-MD5"):
        replies = {case: login(where, mech, at(case[0], slapd.HASH), case[1]) for case in (
            ("scram", WRONG), ("clear", WRONG), ("ok", RIGHT), ("disabled", RIGHT),
            ("locked", RIGHT), ("twice", RIGHT), (UNKNOWN, RIGHT))}
        kinds = {reply.neutral for reply in replies.values()}
        tap.ok(len(kinds) == 1 and replies["ok", RIGHT].token == "credentials-or-mechanism",
               "%s: %s that proves nothing gets one reply" % (slapd.HASH, mech), *kinds)
        log = slapd.Log()
        replies = [login(where, mech, at(user), RIGHT) for user in ("ok", "clear", UNKNOWN)]
        lines = log.lines()
        tap.ok(len({reply.neutral for reply in replies}) == 1 and
               replies[0].token == "mechanism-mismatch",
               "%s: %s is a mechanism-mismatch for every name" % (slapd.REALM, mech),
               *map(repr, replies))
        tap.ok(not log.filters(lines) and not log.binds(lines),
               "%s: and slapd is not asked" % mech, *lines)


# --- what slapd gets to see -----------------------------------------------------------------------

def one_login(realm, binds):
    """Each login is one search, and with verify = bind one bind, known name or not."""
    for user, password in (("ok", RIGHT), ("ok", WRONG), ("disabled", RIGHT), ("locked", RIGHT),
                           ("twice", WRONG), (UNKNOWN, WRONG)):
        ask_socket(at("ok", realm), RIGHT)
        log = slapd.Log()
        ask_socket(at(user, realm), password)
        lines = log.lines()
        seen = len(log.filters(lines)), len(log.binds(lines))
        tap.equal(seen, (1, binds), "%s, %s with %s: searches, binds" % (realm, user, password), *lines)


def app_shaped():
    """What looks like an app password is never tried as a bind, and is answered as an unknown name."""
    for secret in APP_SHAPES:
        lab.unlock()
        log = slapd.Log()
        users = ["ok", "appreq", "sixteen", "disabled", "mustchange", "lockedout", UNKNOWN]
        before = slapd.failures("ok")
        replies = ask_all("postfix", [(at(user), secret) for user in users])
        lines = log.lines()
        tap.ok(not log.binds(lines), "%r is never bound" % secret, *log.binds(lines))
        tap.equal(len(log.filters(lines)), len(users), "%r: each name is searched once" % secret)
        want = replies[at(UNKNOWN), secret]
        differ = ["%s: %r" % (case[0], reply) for case, reply in replies.items()
                  if reply.neutral != want.neutral or reply.token != "bad-credentials"]
        tap.ok(not differ, "%r: answered as an unknown name is" % secret, repr(want), *differ)
        tap.equal(slapd.failures("ok"), before, "%r: slapd counts no failure" % secret)
    log = slapd.Log()
    ask_socket(at("expiring"), "abcdefghijklmnopq")
    tap.equal(log.binds(), ["uid=expiring," + slapd.BASE], "one letter more is bound")
    reply = login(lab.where("postfix"), "PLAIN", at("sixteen", slapd.HASH), "abcdefghijklmnop")
    tap.equal(reply.code, "235", "with verify = hash such a password is compared, and right", reply)


def nothing_to_bind():
    """An empty password never reaches slapd (RFC 4513 5.1.2)."""
    log = slapd.Log()
    answers = [ask_socket(at(user), "") for user in ("ok", UNKNOWN)]
    tap.ok(all("[malformed-credentials]" in answer.raw for answer in answers),
           "an empty password is malformed", *answers)
    lines = log.lines()
    tap.ok(not log.binds(lines), "and is not bound", *lines)


def counted():
    """A wrong password is one failure in slapd's own count with bind, none with hash."""
    for realm, more in ((slapd.REALM, 1), (slapd.HASH, 0)):
        before = len(slapd.failures("odd"))
        for _ in range(2):
            ask_socket(at("odd", realm), WRONG)
        tap.equal(len(slapd.failures("odd")) - before, 2 * more,
                  "%s: failures that slapd counts for two wrong passwords" % realm)
    ask_socket(at("odd"), RIGHT)
    tap.equal(slapd.failures("odd"), [], "a login clears them")


# --- injection ------------------------------------------------------------------------------------

ONE_ASSERTION = re.compile(r"\(uid=(\\[0-9A-Fa-f]{2}|[^()*\\\0])+\)")
NASTY = ["*", "o*", "ok*", "*ok", "o*k", "ok)(uid=*", "*)(uid=*))(|(uid=*", "ok)(objectClass=*)", "(ok)",
         ")(", "ok)", "(&(uid=ok", "\\6fk", "\\6f\\6b", "ok\\", "ok\\2a", "\\2a", "\\", "uid=ok",
         "ok,ou=people", "ok,%s" % slapd.BASE, "ok#", "#6f6b", "ok+cn=ok", "ok;binary", "\"ok\"", "<ok>",
         "ok=", "ok!", "!(uid=x", "ok|", "ok&", "~ok", ">=ok", "ok:dn:", "%u", "%n", "ok%00", "{ok}",
         "\u00f6k", "\u043e\u043a", "ok\u0301", "\U0001f600", "a" * 200, "*" * 200,
         "\\" * 200, "a" * 239, "a" * 303, "(" * 303]
TOO_LONG = ["a" * 304, "a" * 1000, "a" * 5000, "*" * 65536]
OCTETS = [b"ok\xff", b"\x80", b"\xc3\x28", b"o\xc0\xabk", b"ok\r\n", b"ok\x01", b"ok\x7f", b"ok\n*"]


def refused(answers, want, name):
    """Each is as an unknown name is, or malformed."""
    differ = ["%r: %s" % (what, answer) for what, answer in answers
              if neutral(answer) != want and "[malformed-credentials]" not in answer.raw]
    tap.ok(answers and not differ, name, want, *differ[:20])


def wholesome(log, name):
    """The filters that slapd saw each are one assertion of uid, and none but ok's found an entry."""
    lines = log.lines(0.5)
    filters = log.filters(lines)
    changed = [text for text in filters if not ONE_ASSERTION.fullmatch(text)]
    tap.ok(filters and not changed, "%s: each of %d filters keeps its meaning" % (name, len(filters)),
           *changed[:20])
    return lines, filters


def found_entries(lines):
    return sum(int(one[1]) for _, rest in lines
               for one in [re.match(r"SEARCH RESULT .*nentries=(\d+)", rest)] if one)


def injected_names(realm):
    want = neutral(ask_socket(at(UNKNOWN, realm), RIGHT))
    log = slapd.Log()
    names = NASTY + OCTETS
    answers = list(zip(names, ask_pipelined([(name, RIGHT) for name in names], realm)))
    refused(answers, want, realm + ": names with another meaning are unknown or malformed")
    lines, _ = wholesome(log, realm + ": names")
    tap.equal(found_entries(lines), 0, realm + ": and find nothing")
    log = slapd.Log()
    for name in TOO_LONG:
        try:
            answer = ask_socket(at(name, realm), RIGHT)
            good = answer.word == "FAIL" and "[malformed-credentials]" in answer.raw
        except Exception as error:  # a line beyond the limit costs the connection
            answer, good = error, len(name) > 5000
        tap.ok(good, "%s: a name of %d octets is malformed" % (realm, len(name)), answer)
    tap.ok(not log.filters(), realm + ": and is not searched")
    by_mail = ask_all("postfix", [(at(name, realm), RIGHT) for name in NASTY[::3]])
    answers = [(name, reply) for (name, _), reply in by_mail.items()]
    unknown = login(lab.where("postfix"), "PLAIN", at(UNKNOWN, realm), RIGHT)
    differ = ["%r: %r" % case for case in answers if case[1].neutral != unknown.neutral
              and case[1].token != "malformed-credentials"]
    tap.ok(not differ, realm + ": the same through Postfix", repr(unknown), *differ)


def injected_passwords(realm):
    want = neutral(ask_socket(at(UNKNOWN, realm), RIGHT))
    passwords = [text.encode() for text in NASTY] + OCTETS + [
        RIGHT.encode() + more for more in (b"\0", b"\0\0", b"*", b" ", b"\n", b"\xff", b"\\")] + [
        b"p" * 255, b"p" * 256, b"\xff" * 255, b"p" * 1024, b"p" * 1025, b"p" * 3000]
    answers = ask_pipelined([("ok", password) for password in passwords], realm)
    refused([(password[:30], answer) for password, answer in zip(passwords, answers)], want, realm + ": passwords with another meaning are wrong or malformed")
    for password in (b"p" * 65536, b"\0" * 65536):
        try:
            with Peer(SOCKET) as peer:
                answer = peer.ask(1, "PLAIN", b64(b"\0" + at("ok", realm).encode() + b"\0" + password))
            good = "[malformed-credentials]" in answer.raw
        except Exception as error:  # a line beyond the limit costs the connection
            answer, good = error, True
        tap.ok(good, realm + ": a password of 64 KiB is malformed, or costs the connection", answer)
    answer = ask_socket(at("ok", realm), RIGHT)
    tap.equal(answer.word, "OK", realm + ": the right one still logs in", answer)


def random_names(realm):
    """500 names of characters that mean something to a filter, a DN or LDAP, most of them pipelined."""
    choice = random.Random(3)
    alphabet = "*()\\|&!=<>~,+;\"#%/: .-_@'uidok6bf2a0xyz\u00e9\u0130\u00df\u4e2d\u200d"
    names = []
    while len(names) < 500:
        name = "".join(choice.choice(alphabet) for _ in range(choice.randrange(1, 40)))
        # As the daemon reads them, these are no accounts.
        if name.strip().casefold() not in ("ok", "odd") and name.strip():
            names.append(name)
    kinds = {neutral(ask_socket(user, RIGHT)) for user in (
        at(UNKNOWN, realm), UNKNOWN + "@nowhere.example.net", UNKNOWN)}
    log = slapd.Log()
    answers = [(name, ask_socket(at(name, realm), RIGHT)) for name in names[:20]]
    answers += zip(names[20:], ask_pipelined([(name, RIGHT) for name in names[20:]], realm))
    tap.equal(len({id(answer) for _, answer in answers}), 500, realm + ": 500 names, 500 answers")
    differ = ["%r: %s" % case for case in answers if neutral(case[1]) not in kinds
              and "[malformed-credentials]" not in case[1].raw]
    tap.ok(not differ, realm + ": 500 random names are unknown or malformed", *kinds, *differ[:20])
    lines, filters = wholesome(log, realm + ": random names")
    tap.equal(found_entries(lines), 0, realm + ": random names find nothing")
    tap.ok(len(filters) > 300, realm + ": most of them got as far as slapd", len(filters))


def no_secrets(log):
    """Neither log has a password or the service's."""
    with open(lab.env["LDAP_SERVICE_PASSWORD_FILE"], encoding="ascii") as file:
        service = file.read().strip()
    pattern = re.compile("Passw0rd|old-pw|abcd ?efgh|abcdefghijkl|" + re.escape(service))
    secrets = [line for line in log.text().splitlines() if pattern.search(line)]
    tap.ok(not secrets, "no password is in the daemon's log", *secrets[:3])
    loud = [line for line in log.text().splitlines() if "twice" in line and "backend-ldap" in line]
    tap.ok(loud and "uid=" in loud[0], "two entries of one name are a loud line in the log", *loud[:1])


daemon_log = lab.Tail(lab.env["REASOND_LOG"])
for each in REALMS:
    for function in (through_postfix, old_password, on_the_socket):
        lab.unlock()
        tap.run(function, each)
tap.run(other_mtas)
tap.run(challenges)
tap.run(one_login, slapd.REALM, 1)
tap.run(one_login, slapd.HASH, 0)
for function in (app_shaped, nothing_to_bind, counted):
    lab.unlock()
    tap.run(function)
for each in REALMS:
    for function in (injected_names, injected_passwords, random_names):
        lab.unlock()
        tap.run(function, each)
tap.run(no_secrets, daemon_log)
tap.done()
