#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SIGHUP with good and broken configurations, and an accounts file that changes, all under traffic.

Needs the lab (tests/lab up). The lab's files are put back at the end.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import smtp
import tap
from auth import Closed, Peer, plain

CONF, ACCOUNTS = lab.env["REASOND_CONF"], lab.env["REASOND_ACCOUNTS"]
SOCKET = lab.env["AUTH_SOCKET"]
DAEMON = os.path.join(lab.env["LAB_DIR"], "bin", "sasl-reasond")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


ORIGINAL_CONF, ORIGINAL_ACCOUNTS = read(CONF), read(ACCOUNTS)


def write_conf(text):
    with open(CONF + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(CONF + ".new", CONF)


def write_accounts(text, mode=0o600):
    """Another file takes its place, as a careful program does it."""
    new = ACCOUNTS + ".new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="utf-8") as file:
        file.write(text)
    shutil.chown(new, "nobody")
    os.chmod(new, mode)
    os.rename(new, ACCOUNTS)


def overwrite_accounts(text):
    """The same file gets other octets."""
    with open(ACCOUNTS, "r+", encoding="utf-8") as file:
        file.write(text)
        file.truncate()


def word(user, password=lab.RIGHT):
    """OK, or the token of the FAIL, or "closed"."""
    try:
        with Peer(SOCKET) as peer:
            answer = peer.ask(1, "PLAIN", plain(user, password))
    except Closed:
        return "closed"
    found = re.search(r"\[([a-z0-9-]+)\]", answer.fields.get("reason", ""))
    return found.group(1) if found else answer.word


def until(want, call, *arguments, seconds=5):
    """Calls until it gives what is wanted; the last it gave."""
    end = time.monotonic() + seconds
    while True:
        got = call(*arguments)
        if got == want or time.monotonic() > end:
            return got
        time.sleep(0.05)


class Traffic:
    """Logins through every MTA and the socket without a pause; what else than success came."""

    def __init__(self):
        self.stop, self.faults, self.good, self.marks = False, [], 0, []
        self.begun, self.tail = time.monotonic(), lab.Tail(lab.env["REASOND_LOG"])
        self.pool = concurrent.futures.ThreadPoolExecutor(8)

    def __enter__(self):
        for mta in lab.MTAS:
            self.pool.submit(self.repeat, mta, self.mail)
        self.pool.submit(self.repeat, "auth socket", self.ask)
        return self

    def __exit__(self, *_):
        time.sleep(0.5)
        self.stop = True
        self.pool.shutdown()

    def now(self):
        return "%.3f" % (time.monotonic() - self.begun)

    def mark(self, text):
        """Something that is done to the daemon, for report()."""
        self.marks.append("%s s: %s" % (self.now(), text))

    def repeat(self, name, login):
        mechs = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]
        while not self.stop:
            mechs.append(mechs.pop(0))
            begun = self.now()
            try:
                fault = login(name, mechs[0])
            except Exception as error:
                fault = repr(error)
            if fault:
                self.faults.append("%s to %s s: %s, %s: %s" %
                                   (begun, self.now(), name, mechs[0], fault))
            else:
                self.good += 1

    @staticmethod
    def mail(mta, mech):
        reply = smtp.try_login(lab.where(mta), mech, "alice", lab.RIGHT)
        return None if reply.code == "235" else repr(reply)

    @staticmethod
    def ask(_, __):
        """On a connection of its own each time: its client, unlike others, never tries again."""
        with Peer(SOCKET) as peer:
            answer = peer.ask(1, "PLAIN", plain("alice", lab.RIGHT))
        return None if answer.word == "OK" else str(answer)

    def report(self):
        """What failed, what was done when, and what the daemon said besides its logins."""
        said = [line for line in self.tail.text().splitlines()
                if not re.search(r"Z debug |\]: login .*outcome=allow", line)]
        return (["%d faults" % len(self.faults)] + self.faults[:20] + self.marks[:60] +
                ["log: " + line for line in said[-60:]])


def reload(text, want):
    """SIGHUP with this configuration; waits for the line in the log that says `want`."""
    tail = lab.Tail(lab.env["REASOND_LOG"])
    write_conf(text)
    lab.reload_daemon()
    return tail.wait(lambda line: want in line, 10)


def reloads():
    parent = lab.parent()
    with Traffic() as traffic:
        for turn in range(5):
            url = "https://example.org/turn%d" % turn
            traffic.mark("SIGHUP")
            line = reload(ORIGINAL_CONF.replace("https://example.org/mail", url), " ready ")
            traffic.mark("ready")
            tap.ok(line, "SIGHUP %d: ready again" % turn)
            # The old worker has been told to end, but one login may come before it reads that.
            for _ in range(2):
                reply = smtp.try_login(lab.where("postfix"), "PLAIN", "disabled", lab.RIGHT)
                if url in reply.text:
                    break
            tap.ok(url in reply.text, "SIGHUP %d: the new text is told" % turn, repr(reply))
            time.sleep(0.7)
    tap.ok(traffic.good > 50 and not traffic.faults,
           "SIGHUP under traffic: not one of %d logins fails" % traffic.good, *traffic.report())
    with Traffic() as traffic:
        for pause in [0.25] * 16 + [0.05] * 40 + [0.7] * 5:
            traffic.mark("SIGHUP")
            lab.reload_daemon()
            time.sleep(pause)
    tap.ok(traffic.good > 50 and not traffic.faults,
           "many SIGHUPs, while old workers drain: not one of %d logins fails" % traffic.good,
           *traffic.report())
    end = time.monotonic() + 30
    while len(lab.children()) != 1 and time.monotonic() < end:
        time.sleep(0.1)
    tap.ok(lab.parent() == parent and len(lab.children()) == 1,
           "SIGHUP: the parent stays, with one worker", lab.children())
    reload(ORIGINAL_CONF, " ready ")


BROKEN = [
    ("an unknown key", "no_such_key = 1\n", r"no_such_key"),
    ("a bad value", None, r"floor"),
    ("no end of a section", "realm example.net {\n", r"reasond\.conf:\d+"),
    ("a text with a word that there is not", 'messages {\n account-disabled = "Ask {nobody}."\n}\n',
     r"account-disabled"),
    ("a text that is not ASCII", 'messages {\n account-disabled = "K\u00f6nig"\n}\n',
     r"account-disabled|ASCII"),
    ("a listener that cannot be made", 'listener "/nonexistent/folder/auth" {\n}\n',
     r"/nonexistent/folder/auth"),
    ("a realm without a backend", 'realm example.net {\n backends = {nothing}\n}\n', r"nothing"),
]


def broken_configs():
    worker = lab.worker()
    with Traffic() as traffic:
        for name, more, pattern in BROKEN:
            text = ORIGINAL_CONF + more if more else \
                ORIGINAL_CONF.replace("floor = 150ms", "floor = 150weeks")
            line = reload(text, "not reloaded")
            tap.ok(line and re.search(pattern, line), name + ": the log says what", line)
            if "listener" not in name:
                done = subprocess.run([DAEMON, "-c", CONF, "-t"], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      check=False)
                tap.ok(done.returncode == 78 and re.search(r"reasond\.conf:\d+: ", done.stdout),
                       name + ": -t says it with file and line", done)
            tap.equal(word("alice"), "OK", name + ": the old configuration is used")
        os.chmod(ACCOUNTS, 0o640)
        write_conf(ORIGINAL_CONF)
        tap.ok(reload(ORIGINAL_CONF, "not reloaded"), "an accounts file that its group can read")
        os.chmod(ACCOUNTS, 0o600)
    tap.ok(not traffic.faults, "broken configurations: no login fails", *traffic.report())
    tap.equal(lab.worker(), worker, "broken configurations: the same worker")
    tap.ok(reload(ORIGINAL_CONF, " ready "), "the good one is taken again")


def print_config():
    """What --print-config prints is a configuration, and the same one."""
    printed = subprocess.run([DAEMON, "-c", CONF, "--print-config"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    copy = os.path.join(lab.env["LAB_DIR"], "printed.conf")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(printed)
    again = subprocess.run([DAEMON, "-c", copy, "--print-config"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, text=True, check=True).stdout
    tap.ok("floor = 150ms" in printed and again == printed, "--print-config can be read again")


def new_listener():
    """A listener that comes with a reload, and goes with the next one."""
    path = os.path.join(lab.env["LAB_DIR"], "auth", "more")
    more = 'listener "%s" {\n mode = 0600\n mechanisms = {PLAIN}\n}\n' % path
    tap.ok(reload(ORIGINAL_CONF + more, " ready "), "a listener more")
    with Peer(path) as peer:
        tap.ok("MECH\tPLAIN\tplaintext" in peer.greeting and
               sum(line.startswith("MECH") for line in peer.greeting) == 1,
               "it greets with its own mechanisms", peer.greeting)
    tap.equal(os.stat(path).st_mode & 0o777, 0o600, "it has its own mode")
    tap.ok(reload(ORIGINAL_CONF, " ready "), "and it goes again")
    tap.ok(not os.path.exists(path), "its file is gone")


# --- the accounts file ----------------------------------------------------------------------------

def accounts_change():
    with Traffic() as traffic:
        more = ORIGINAL_ACCOUNTS + "carol@example.org:{PLAIN}right-pw\n"
        tap.equal(word("carol"), "bad-credentials", "carol is not there yet")
        write_accounts(more)
        tap.equal(until("OK", word, "carol"), "OK", "another file: carol logs in at once")
        write_accounts(more.replace("carol@example.org:{PLAIN}right-pw",
                                    "carol@example.org:{PLAIN}right-pw::::::disabled"))
        tap.equal(until("account-disabled", word, "carol"), "account-disabled",
                  "another file: she is disabled")
        overwrite_accounts(ORIGINAL_ACCOUNTS)
        tap.equal(until("bad-credentials", word, "carol"), "bad-credentials",
                  "the same file written anew: she is gone")
    tap.ok(not traffic.faults, "accounts change under traffic: no login fails",
           *traffic.report())


def accounts_broken():
    """Whatever happens to the file, who could log in still can."""
    half = ORIGINAL_ACCOUNTS[:ORIGINAL_ACCOUNTS.index("nosend@") + 25]
    cases = [("half of it", lambda: write_accounts(half)),
             ("written in place, half of it", lambda: overwrite_accounts(half)),
             ("a line without a colon", lambda: write_accounts(ORIGINAL_ACCOUNTS + "nonsense\n")),
             ("a name twice", lambda: write_accounts(ORIGINAL_ACCOUNTS * 2)),
             ("octets of nothing", lambda: write_accounts("\0" * 5000)),
             ("an empty file", lambda: write_accounts("")),
             ("readable by all", lambda: write_accounts(ORIGINAL_ACCOUNTS, 0o644)),
             ("no file", lambda: os.unlink(ACCOUNTS))]
    with Traffic() as traffic:
        for name, spoil in cases:
            tail = lab.Tail(lab.env["REASOND_LOG"])
            spoil()
            time.sleep(1.4)
            got = [word("alice"), word("nosend"), word("nobody-here")]
            tap.equal(got, ["OK", "service-disabled", "bad-credentials"],
                      name + ": the accounts stay")
            tap.ok(tail.wait(lambda line: "backend-file" in line and "what=read" not in line),
                   name + ": the log says so", tail.text()[-500:])
            write_accounts(ORIGINAL_ACCOUNTS)
            until("OK", word, "alice")
    tap.ok(not traffic.faults, "a broken accounts file: no login fails", *traffic.report())


def slow_writer():
    """A program that writes the file in place, slowly: never half of it is believed."""
    text = ORIGINAL_ACCOUNTS + "".join("user%d@example.org:{PLAIN}pw\n" % n for n in range(200))
    lines = text.splitlines(True)
    faults = []
    with open(ACCOUNTS, "w", encoding="utf-8") as file:
        for at in range(0, len(lines), 4):
            file.write("".join(lines[at:at + 4]))
            file.flush()
            got = word("alice")
            if got != "OK":
                faults.append("after %d lines: %s" % (at, got))
            time.sleep(0.04)
    tap.ok(not faults, "a slow writer: alice logs in all the while", *faults)
    tap.equal(until("OK", word, "user199", "pw"), "OK", "a slow writer: at its end all is there")
    write_accounts(ORIGINAL_ACCOUNTS)


def defects():
    """A broken account is answered as no account, and the log says why."""
    tail = lab.Tail(lab.env["REASOND_LOG"])
    write_accounts(ORIGINAL_ACCOUNTS + "odd@example.org:{NO-SUCH-SCHEME}xyz\n"
                   "bent@example.org:{SSHA512}!!!\nworse@example.org:{PLAIN}right-pw::::::"
                   "expires=someday\n")
    time.sleep(0.2)
    for user in ("odd", "bent", "worse"):
        tap.equal(word(user), "bad-credentials", user + ": answered as no account")
        tap.ok(tail.wait(lambda line: " defect " in line and user + "@" in line), user +
               ": the log says why", tail.text()[-600:])
    write_accounts(ORIGINAL_ACCOUNTS)


lab.unlock()
try:
    tap.run(print_config)
    tap.run(reloads)
    tap.run(broken_configs)
    tap.run(new_listener)
    tap.run(accounts_change)
    tap.run(accounts_broken)
    tap.run(slow_writer)
    tap.run(defects)
finally:
    write_accounts(ORIGINAL_ACCOUNTS)
    write_conf(ORIGINAL_CONF)
    lab.reload_daemon()
tap.done()
