#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Old passwords: a phone that goes on with one locks nobody out, and reads since when it is old.

Needs the lab (tests/lab up). Where the accounts know their previous password (a file, slapd), and where the
daemon remembers it itself (realm memory.example.org).
"""
import datetime
import os
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import lab_accounts
import slapd
import smtp
import tap
from auth import Peer, plain

SOCKET = lab.env["AUTH_SOCKET"]
MEMORY = lab.env["MEMORY_ACCOUNTS"]
MOVED = "moved@memory.example.org"
NOBODY = "nobody-here@memory.example.org"
PHONE = "192.0.2.60"
TIMES = 1000


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


ORIGINAL = read(MEMORY)


def login(user, password, mech="PLAIN", **more):
    return smtp.try_login(lab.where("postfix"), mech, user, password, **more)


def ask(user, password, *fields):
    with Peer(SOCKET) as peer:
        return peer.ask(1, "PLAIN", plain(user, password), *fields)


def dates(seconds):
    return {datetime.datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d")
            for zone in (None, datetime.timezone.utc)}


def locks_of(user):
    name = user if "@" in user else user + "@example.org"
    return [row for row in lab.cli_json("lockouts", "list")["lockouts"] if row["name"] == name]


def proofs_of(user):
    """{proof: reason} of `explain`."""
    return {row["proof"]: row["reason"] for row in lab.cli_json("explain", user)["proofs"]}


# --- accounts that know their previous password ---------------------------------------------------

def phone():
    """The previous password, a thousand times from one address, different mechanisms."""
    lab.unlock()
    want = dates(int(lab.env["LAB_STARTED"]) - 17 * 86400)
    bad, told = [], 0
    begun = time.monotonic()
    with Peer(SOCKET, timeout=60) as peer:
        for _ in range(TIMES // 50):
            for answer in peer.ask_all([("stale", "old-pw", "rip=" + PHONE)] * 50):
                told += 1
                if answer.token != "password-changed" or not any(day in answer.text for day in want):
                    bad.append(answer)
    tap.diag("%d refusals in %.1f s" % (told, time.monotonic() - begun))
    tap.ok(told == TIMES and not bad, "the previous password %d times: each time since when it is old" % TIMES,
           len(bad), *bad[:3])
    for mech in ("PLAIN", "LOGIN") * 3:
        reply = login("stale", "old-pw", mech, address=PHONE)
        tap.ok(reply.code == "535" and reply.token == "password-changed", "and through Postfix, %s" % mech, repr(reply))
    tap.equal(locks_of("stale"), [], "nothing was counted")
    reply = login("stale", lab.RIGHT, address=PHONE)
    tap.equal(reply.code, "235", "from the same address the right password logs in", repr(reply))
    tap.equal(login("stale", lab.RIGHT).code, "235", "and from elsewhere")


def explained():
    """`explain` shows it to the help desk."""
    found = lab.cli_json("explain", "stale")
    account = next((one["account"] for one in found["backends"] if one["answer"] == "known"), None)
    tap.ok(account and account["previous"] is True, "`explain`: a previous password is known", found["backends"])
    tap.ok(account and abs(account["password_changed"] - (int(lab.env["LAB_STARTED"]) - 17 * 86400)) < 3600,
           "`explain`: and when it was changed", account)
    proofs = proofs_of("stale")
    tap.equal((proofs["previous"], proofs["none"], proofs["current"]), ("password-changed", "bad-credentials", None),
              "`explain`: what each proof would give", proofs)
    tap.equal(found["locks"], [], "`explain`: no lock")
    rows = [row for row in found["recent"] or [] if (row["client"], row["said"], row["mechanism"]) ==
            (PHONE, "password-changed", "PLAIN")]
    tap.ok(len(rows) == 1 and rows[0]["count"] >= TIMES and rows[0]["proof"] == "previous" and
           rows[0]["reason"] == "password-changed", "`explain`: the phone's retries are one line of the last logins",
           found["recent"])
    text = lab.cli("explain", "stale")
    day = dates(int(lab.env["LAB_STARTED"]) - 17 * 86400)
    tap.ok("password-changed" in text and any(one in text for one in day), "`explain` in plain words", text)
    lines = [line.split() for line in text.partition("Last logins")[2].splitlines() if PHONE in line.split()]
    lines = [words for words in lines if words[0] == str(rows[0]["count"] if rows else TIMES)]
    tap.ok(len(lines) == 1 and {"PLAIN", "password-changed", "previous", rows[0]["id"]} <= set(lines[0]),
           "`explain` in plain words: how often the phone tried, and with what", text)


def proves_no_more():
    """An old password never tells a state: a disabled account's reads only that it is old."""
    tap.equal(login("stale", "older-pw").token, "bad-credentials", "one before the previous is a wrong one")
    tap.equal(login("nobody-here", "old-pw").token, "bad-credentials", "and so is any of a name that is not there")
    lab.unlock("stale", "nobody-here")


def directory():
    """pwdHistory of a real slapd."""
    user = slapd.at("stale")
    lab.unlock(user)
    bad = []
    with Peer(SOCKET, timeout=60) as peer:
        for _ in range(5):
            bad += [answer for answer in peer.ask_all([(user, "old-pw", "rip=" + PHONE)] * 10)
                    if answer.token != "password-changed"]
    tap.ok(not bad, "slapd: the previous password 50 times", *bad[:3])
    tap.equal(locks_of(user), [], "slapd: nothing was counted")
    tap.equal(login(user, slapd.RIGHT, address=PHONE).code, "235", "slapd: the right one logs in")


# --- the daemon's own memory ----------------------------------------------------------------------

def set_password(password, more=""):
    """Another file takes its place; the next login finds it."""
    new = MEMORY + ".new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("%s:%s%s\n" % (MOVED, lab_accounts.ssha512(password), more))
    shutil.chown(new, "nobody")
    os.rename(new, MEMORY)


def memory():
    return lab.cli_json("explain", MOVED)["remembered"]


def log_in(password, name):
    """A login that is to be remembered; that is done aside, in a moment."""
    before = memory()
    reply = login(MOVED, password)
    tap.equal(reply.code, "235", name, repr(reply))
    end = time.monotonic() + 5
    while memory() == before and time.monotonic() < end:
        time.sleep(0.02)
    tap.ok(memory() != before, name + ", and is remembered", before)


def remembered():
    set_password("password-A")
    log_in("password-A", "memory: A logs in")
    tap.equal(memory()["current"], True, "memory: `explain` knows one")
    tap.equal(login(MOVED, "password-0").token, "bad-credentials", "memory: another one is wrong")
    set_password("password-B")
    tap.equal(login(MOVED, "password-A").token, "bad-credentials",
              "memory: changed, but nobody has logged in with the new one: A is wrong")
    lab.unlock(MOVED)
    log_in("password-B", "memory: B logs in")
    now = time.time()
    reply = login(MOVED, "password-A")
    tap.ok(reply.token == "password-changed" and any(day in reply.text for day in dates(now)),
           "memory: now A is told as old, since today", repr(reply))
    tap.equal(login(MOVED, "password-C").token, "bad-credentials", "memory: C is wrong")
    tap.equal(login(NOBODY, "password-A").token, "bad-credentials", "memory: A by no account is wrong")
    lab.unlock(MOVED, NOBODY)
    with Peer(SOCKET, timeout=60) as peer:
        answers = peer.ask_all([(MOVED, "password-A", "rip=" + PHONE)] * 30)
    tap.equal({answer.token for answer in answers}, {"password-changed"}, "memory: A thirty times")
    tap.equal(locks_of(MOVED), [], "memory: counts nothing")
    tap.ok(ask(MOVED, "password-B", "rip=" + PHONE).good, "memory: B logs in from there")
    found = memory()
    tap.ok(found["current"] and now - 60 < found["previous_changed"] <= time.time(), "memory: `explain` has the date",
           found)


def survives():
    lab.command("daemon", "stop")
    lab.command("daemon", "start")
    tap.equal(login(MOVED, "password-A").token, "password-changed", "memory: a restart forgets nothing")
    tap.equal(login(MOVED, "password-B").code, "235", "memory: B logs in then")


def only_the_latest():
    set_password("password-C")
    log_in("password-C", "memory: C logs in")
    tap.equal(login(MOVED, "password-B").token, "password-changed", "memory: now B is the old one")
    tap.equal(login(MOVED, "password-A").token, "bad-credentials", "memory: and A is wrong")
    lab.unlock(MOVED)


def proves_only_that():
    """A state of the account is told to the current password, never to an old one."""
    set_password("password-C", "::::::disabled")
    tap.equal(login(MOVED, "password-C").token, "account-disabled", "memory: disabled, the current password")
    tap.equal(login(MOVED, "password-B").token, "password-changed", "memory: disabled, the old one: that alone")
    set_password("password-C")


def too_old():
    """A row of the store, moved into the past: more than the realm's days ago it is a wrong password."""
    path = os.path.join(lab.env["STATE_DIRECTORY"], "credentials.sqlite")
    for days, token in ((29, "password-changed"), (31, "bad-credentials")):
        lab.command("daemon", "stop")
        with sqlite3.connect(path) as store:
            done = store.execute("UPDATE stale SET changed = ? WHERE previous IS NOT NULL",
                                 (int(time.time()) - days * 86400,)).rowcount
        store.close()
        for one in os.listdir(lab.env["STATE_DIRECTORY"]):
            shutil.chown(os.path.join(lab.env["STATE_DIRECTORY"], one), "nobody")
        lab.command("daemon", "start")
        tap.equal(done, 1, "memory: one previous password is kept")
        tap.equal(login(MOVED, "password-B").token, token, "memory: %d days after the change" % days)
    lab.unlock(MOVED)


def no_secrets(log):
    """Neither the log nor the state has any of the passwords."""
    words = [b"password-A", b"password-B", b"password-C", b"old-pw"]
    folder = lab.env["STATE_DIRECTORY"]
    for path in [os.path.join(folder, name) for name in os.listdir(folder)]:
        octets = open(path, "rb").read()
        tap.ok(not any(word in octets for word in words), os.path.basename(path) + " has no password")
    tap.ok(not any(word.decode() in log.text() for word in words), "nor has the log")


daemon_log = lab.Tail(lab.env["REASOND_LOG"])
lab.unlock()
try:
    for function in (phone, explained, proves_no_more, directory, remembered, survives, only_the_latest,
                     proves_only_that, too_old):
        tap.run(function)
    tap.run(no_secrets, daemon_log)
finally:
    with open(os.open(MEMORY + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as end:
        end.write(ORIGINAL)
    shutil.chown(MEMORY + ".new", "nobody")
    os.rename(MEMORY + ".new", MEMORY)
lab.unlock()
tap.done()
