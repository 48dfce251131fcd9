#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sasl-reason against an admin socket and an auth socket of the test's own: what it asks, what it prints,
how it ends. Run where ./sasl-reason is, or with $SASL_REASON_BUILT."""
import base64
import concurrent.futures
import ctypes
import hashlib
import hmac
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "lib"))
sys.dont_write_bytecode = True
import tap  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("SASL_REASON_BUILT", "./sasl-reason"))
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "Europe/Vienna"}
NOW = int(time.time())
LIBCRYPT = ctypes.CDLL("libcrypt.so.1")
LIBCRYPT.crypt.restype = ctypes.c_char_p


class Server:
    """A unix socket; each connection is served by serve(connection) in a thread."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, name)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(self.path)
        self.sock.listen(8)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.sock.accept()
            threading.Thread(target=self.guard, args=(connection,), daemon=True).start()

    def guard(self, connection):
        with connection:
            try:
                self.serve(connection.makefile("rwb"))
            except (BrokenPipeError, ConnectionResetError):
                pass

    def serve(self, stream):
        raise NotImplementedError


class Admin(Server):
    """Answers each command with answers[command]: an object, octets as they are, or a function of the request."""

    def __init__(self, folder, name="admin"):
        self.answers = {}
        self.asked = []
        super().__init__(folder, name)

    def serve(self, stream):
        for line in stream:
            request = json.loads(line)
            self.asked.append(request)
            answer = self.answers.get(request["command"], {"status": 64, "error": "no such command"})
            if callable(answer):
                answer = answer(request)
            if not isinstance(answer, bytes):
                answer = json.dumps(answer, ensure_ascii=False).encode() + b"\n"
            stream.write(answer)
            stream.flush()
            if not answer.endswith(b"\n"):
                return

    def last(self):
        return self.asked[-1] if self.asked else None


class Auth(Server):
    """The daemon's side of the auth protocol. `talk(fields, say, hear)` gives the last line of an answer."""

    def __init__(self, folder, name="auth"):
        self.talk = None
        self.fields = None
        super().__init__(folder, name)

    def serve(self, stream):
        def say(line):
            stream.write(line.encode() + b"\n")
            stream.flush()

        def hear():
            return stream.readline().decode().rstrip("\n").split("\t")

        say("VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t%s\nDONE" % ("0" * 32))
        version = hear()
        if version == [""]:
            return  # it only looks whether somebody is there
        assert version == ["VERSION", "1", "2"]
        assert hear()[0] == "CPID"
        fields = hear()
        self.fields = fields[:2] + [f for f in fields[2:] if not f.startswith("resp=")]
        response = [f[5:] for f in fields if f.startswith("resp=")]
        say(self.talk(response[0] if response else None, say, hear))


def b64(octets):
    return base64.b64encode(octets if isinstance(octets, bytes) else octets.encode()).decode()


def run(*words, admin=None, stdin="", env=None, timeout=30, program=PROGRAM, **more):
    """(exit status, stdout, stderr) as text."""
    line = [program, *(["-S", admin.path] if admin else []), *words]
    octets = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run(line, input=octets, env={**ENV, **(env or {})}, capture_output=True, timeout=timeout,
                          check=False, **more)
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode()


def has(name, text, *wanted):
    missing = [w for w in wanted if w not in text]
    tap.ok(not missing, name, "missing: %r" % missing, text)


INCIDENT = {
    "id": "7K3MQ2XD", "time": 1772323200, "outcome": "refuse", "reason": "account-disabled",
    "said": "bad-credentials", "proof": "none", "lock": "none", "tls": True, "observed": False, "overrun": False,
    "ms": 12, "status": 535, "enhanced": "5.7.8", "user": "zo\u00eb@example.org", "realm": "example.org",
    "mechanism": "PLAIN", "service": "smtp", "client": "192.0.2.7", "peer": "smtpd[17]", "backend": "file",
    "defect": None, "label": None, "text": "User name or password not accepted. [bad-credentials] (id 7K3MQ2XD)"}
APP = {"id": "ab12cd34", "label": "phone", "services": ["smtp"], "networks": [], "created": 1772323200,
       "expires": 0, "revoked": 0, "used": 0, "used_client": None, "used_mechanism": None, "store": "sqlite"}
LOCK = {"scope": "name-network", "name": "alice@example.org", "network": "192.0.2.7/32", "failures": 10,
        "since": NOW - 60, "until": NOW + 216000}


def why(admin):
    admin.answers["why"] = {"status": 0, "incident": INCIDENT}
    status, out, err = run("why", "7k3mq2xd", admin=admin)
    tap.equal(admin.last(), {"command": "why", "id": "7k3mq2xd"}, "why asks for the id")
    tap.equal((status, err), (0, ""), "why ends with 0")
    has("why tells who, when, from where, how", out, "zo\u00eb@example.org", "2026-03-01 01:00:00 CET", "192.0.2.7",
        "with TLS", "PLAIN", "smtpd[17]")
    has("why tells what was found and what was told", out, "account-disabled: The account is disabled.",
        "the password is none that is known", "535 5.7.8 User name or password not accepted.")
    has("why tells why not more, and what to do", out, "did not prove", "No password helps.")
    run("why", "535 5.7.8 Not accepted. [bad-credentials] (id 7K3MQ2XD)", admin=admin)
    tap.equal(admin.last(), {"command": "why", "id": "7K3MQ2XD"}, "a whole reply will do")
    status, out, _ = run("why", "7K3MQ2XD", "--json", admin=admin)
    tap.equal((status, json.loads(out)), (0, admin.answers["why"]), "why --json prints the answer as it is")
    tap.equal(list(json.loads(out)["incident"]), list(INCIDENT), "in its order")
    told = {**INCIDENT, "said": "account-disabled", "proof": "current"}
    admin.answers["why"] = {"status": 0, "incident": told}
    _, out, _ = run("why", "7K3MQ2XD", admin=admin)
    tap.ok("Why not more" not in out and "the password was right" in out, "nothing was kept back if all was told", out)
    allowed = {**INCIDENT, "outcome": "allow", "reason": None, "said": None, "proof": "app", "label": "phone",
               "text": None, "status": 0, "enhanced": None}
    admin.answers["why"] = {"status": 0, "incident": allowed}
    _, out, _ = run("why", "7K3MQ2XD", admin=admin)
    has("why of a login that was let in", out, "logged in", "a valid app password", '"phone"')
    tap.ok("Client was told" not in out and "What to do" not in out, "it has no reply and no advice", out)
    for name, more, wanted in (
            ("an unknown name", {"backend": None}, "No backend knows this name."),
            ("a wrong password", {}, "The password is not the one of this name."),
            ("a defect", {"defect": "two entries"}, "something about its entry cannot be used"),
            ("a backend's lock", {"reason": "account-locked"}, "locked in its backend"),
            ("our lock", {"reason": "account-locked", "said": "account-locked", "lock": "name-network"},
             "lockouts clear USER"),
            ("an account without such a secret", {"reason": "mechanism-mismatch", "proof": "impossible"},
             "has nothing stored that this authentication method could use"),
            ("a realm without such secrets", {"reason": "mechanism-mismatch", "backend": None}, "no account here can")):
        admin.answers["why"] = {"status": 0, "incident": {**INCIDENT, "reason": "bad-credentials", **more}}
        has("why tells of " + name, run("why", "7K3MQ2XD", admin=admin)[1], wanted)
    admin.answers["why"] = {"status": 0, "incident": {**INCIDENT, "reason": "account-locked", "lock": "name", "proof": "none"}}
    has("why of a password that our lock left alone", run("why", "7K3MQ2XD", admin=admin)[1], "is no app password")
    later = {**INCIDENT, "outcome": "try-later", "reason": "temporary-failure", "said": "temporary-failure"}
    admin.answers["why"] = {"status": 0, "incident": later}
    _, out, _ = run("why", "7K3MQ2XD", admin=admin)
    tap.ok("to be tried later" in out and "Password  " not in out, "why of an outage says nothing of the password", out)
    hashed = {**INCIDENT, "user": "hashed:0123456789abcdef", "backend": None, "reason": "bad-credentials"}
    admin.answers["why"] = {"status": 0, "incident": hashed}
    _, out, _ = run("why", "7K3MQ2XD", admin=admin)
    has("why of a name that is kept as a hash", out, "not looked up, or that nobody here has", "mistyped password",
        "No backend knows this name")


def every_reason(admin):
    """Each cause has its sentence and its advice."""
    tokens = re.findall(r"^([a-z0-9-]+) ", run("reasons")[1], re.M)
    tap.equal(len(tokens), 24, "reasons lists 24", tokens)
    bad = []
    for token in tokens:
        admin.answers["why"] = {"status": 0, "incident": {**INCIDENT, "reason": token, "said": token}}
        _, out, _ = run("why", "7K3MQ2XD", admin=admin)
        found = re.search(r"^Found +%s: \S.{20}" % re.escape(token), out, re.M)
        if not found or not re.search(r"^What to do +\S.{20}", out, re.M):
            bad.append((token, out))
    tap.ok(not bad, "why has a sentence and an advice for each of them", bad)
    bad = []
    for token in tokens:
        status, out, _ = run("reasons", token)
        full = re.findall(r"535 5\.7\.8 .*\[%s\] \(id 7K3MQ2XD\)" % token, out)
        want = {"temporary-failure": 0, "mechanism-unsupported": 1}.get(token, 4)
        if status or len(full) != want or "stock sendmail" not in out:
            bad.append((token, status, len(full), out))
    tap.ok(not bad, "reasons TOKEN shows the reply through each mail server", bad)
    _, out, _ = run("reasons", "account-disabled")
    has("with the prefixes of stock Postfix", out, "535 5.7.8 Error: authentication failed: This account is disabled.",
        "535 5.7.8 Error: authentication failed: account disabled", "535 5.7.0 authentication failed",
        "535 Incorrect authentication data")
    _, out, _ = run("reasons", "temporary-failure")
    has("and of a temporary failure", out, "Connection lost to authentication server",
        "remote authentication server unavailable", "454 4.7.0 The mail server cannot check passwords")
    status, out, _ = run("reasons", "temporary-failure", "--json")
    tap.equal([r["mta"] for r in json.loads(out)["replies"]].count("stock Postfix, Dovecot SASL"), 1,
              "reasons TOKEN --json has the replies")
    status, out, _ = run("reasons", "--json")
    tap.equal([r["token"] for r in json.loads(out)["reasons"]], tokens, "reasons --json has the table")
    wrong = []
    for row in json.loads(out)["reasons"]:
        replies = {r["mta"]: r["reply"] for r in json.loads(run("reasons", row["token"], "--json")[1])["replies"]}
        reply = replies["stock Postfix, libreason.so"]
        if reply and not reply.endswith(": " + errstring(row["sasl_code"])):
            wrong.append((row["token"], reply, errstring(row["sasl_code"])))
    tap.ok(not wrong, "stock Postfix shows libsasl2's own text of the code", wrong)
    tap.equal(run("reasons", "no-such")[0], 67, "a reason that there is not: 67")


def errstring(name):
    """What libsasl2 on this machine says of a code."""
    codes = {"SASL_NOMECH": -4, "SASL_BADAUTH": -13, "SASL_NOAUTHZ": -14, "SASL_ENCRYPT": -16, "SASL_EXPIRED": -18,
             "SASL_DISABLED": -19, "SASL_UNAVAIL": -24}
    library = ctypes.CDLL("libsasl2.so.2")
    library.sasl_errstring.restype = ctypes.c_char_p
    return library.sasl_errstring(codes[name], None, None).decode()


def app_password(admin):
    admin.answers["app-password-add"] = {"status": 0, "secret": "abcd efgh ijkl mnop", **APP}
    status, out, _ = run("app-password", "add", "alice", "--label", "phone", "--service", "smtp,imap", "--service",
                         "pop3", "--network", "192.0.2.0/24", "--expires", "2099-12-31", admin=admin)
    tap.equal(admin.last(), {"command": "app-password-add", "user": "alice", "label": "phone",
                             "services": ["smtp", "imap", "pop3"], "networks": ["192.0.2.0/24"],
                             "expires": 4102441199}, "add asks with scope and the end of the day, local")
    tap.equal(status, 0, "add ends with 0")
    has("add prints the secret and how to enter it", out, "abcd efgh ijkl mnop", "shown this once", "ab12cd34")
    run("app-password", "add", "alice", "--label=x", "--expires", "30", admin=admin)
    tap.ok(abs(admin.last()["expires"] - time.time() - 30 * 86400) < 300 and "services" not in admin.last(),
           "--expires takes days; no scope is sent if none is given", admin.last())
    for end in ("2020-01-01", "0", "2026-02-30", "tomorrow", "2099-12-31x", "99999999"):
        tap.equal(run("app-password", "add", "alice", "--label", "x", "--expires", end, admin=admin)[0], 64,
                  "--expires %s: 64" % end)
    before = len(admin.asked)
    status, _, err = subprocess_bad_utf8(admin)
    tap.equal((status, len(admin.asked)), (64, before), "a scope that is not UTF-8 is refused, not left out", err)

    admin.answers["app-password-list"] = {"status": 0, "app_passwords": [
        APP, {**APP, "id": "x", "label": "old", "revoked": 1772323200, "networks": ["10.0.0.0/8", "::1/128"]},
        {**APP, "label": "gone", "expires": 1772323200, "used": 1772323200, "used_client": "192.0.2.7",
         "used_mechanism": "PLAIN"}, {**APP, "id": None, "store": "backend"}]}
    status, out, _ = run("app-password", "list", "alice", "--json", admin=admin)
    tap.equal((status, json.loads(out)), (0, admin.answers["app-password-list"]), "list --json")
    status, out, _ = run("app-password", "list", "alice", admin=admin)
    has("list tells states, scope and use", out, "valid", "revoked 2026-03-01 01:00:00 CET",
        "expired 2026-03-01 01:00:00 CET", "10.0.0.0/8 and ::1/128", "from 192.0.2.7 PLAIN", "never")
    columns = {line.index(word) for line, word in zip(out.splitlines()[:2], ("STATE", "valid"))}
    tap.equal(len(columns), 1, "its columns are aligned", out)

    admin.answers["app-password-revoke"] = {"status": 0, **APP, "revoked": 1772323200}
    status, out, _ = run("app-password", "revoke", "alice", "phone", admin=admin)
    tap.equal(admin.last(), {"command": "app-password-revoke", "user": "alice", "which": "phone"}, "revoke asks")
    has("revoke says which", out, "phone", "ab12cd34", "2026-03-01")
    admin.answers["app-password-rename"] = {"status": 0, **APP, "label": "tablet"}
    run("app-password", "rename", "alice", "phone", "tablet", admin=admin)
    tap.equal(admin.last(), {"command": "app-password-rename", "user": "alice", "which": "phone", "label": "tablet"},
              "rename asks")


def subprocess_bad_utf8(admin):
    done = subprocess.run([PROGRAM.encode(), b"-S", admin.path.encode(), b"app-password", b"add", b"alice", b"--label",
                           b"x", b"--service", b"sm\xfftp"], env=ENV, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def lockouts(admin):
    admin.answers["lockouts-list"] = {"status": 0, "omitted": 3, "lockouts": [
        LOCK, {"scope": "network", "name": None, "network": "192.0.2.7/32", "failures": 4, "since": NOW, "until": 0}]}
    status, out, _ = run("lockouts", "list", admin=admin)
    tap.equal((status, admin.last()), (0, {"command": "lockouts-list"}), "lockouts list asks for all")
    has("lockouts list", out, "alice@example.org", "(in 2 days)", "not locked", "3 more are not shown")
    status, out, _ = run("lockouts", "show", "alice", admin=admin)
    tap.equal(admin.last(), {"command": "lockouts-list", "user": "alice"}, "lockouts show asks for one")
    has("lockouts show has words", out, "this name from this network", "10, since")
    admin.answers["lockouts-clear"] = {"status": 0, "cleared": 2}
    _, out, _ = run("lockouts", "clear", "alice", admin=admin)
    tap.equal((admin.last(), out), ({"command": "lockouts-clear", "user": "alice"}, "2 counters lifted.\n"),
              "lockouts clear USER")
    run("lockouts", "clear", "--network", "192.0.2.7", admin=admin)
    tap.equal(admin.last(), {"command": "lockouts-clear", "network": "192.0.2.7"}, "lockouts clear --network")
    admin.answers["lockouts-clear"] = {"status": 0, "cleared": 0}
    has("nothing to lift", run("lockouts", "clear", "alice", admin=admin)[1], "nothing to lift")
    for here, there, wanted in ((3, 3, "3 counters lifted here, 3 in the fleet.\n"),
                                (0, 2, "0 counters lifted here, 2 in the fleet.\n"),
                                (1, 0, "1 counter lifted here, 0 in the fleet.\n"),
                                (0, 0, "There was nothing to lift, here or in the fleet.\n")):
        admin.answers["lockouts-clear"] = {"status": 0, "cleared": here, "fleet": "sent", "fleet_cleared": there}
        tap.equal(run("lockouts", "clear", "alice", admin=admin)[:2], (0, wanted), "%d here and %d in the fleet" % (here, there))
    away = {"status": 75, "error": "lifted here only: the store is away", "cleared": 3, "fleet": "away"}
    admin.answers["lockouts-clear"] = away
    status, out, err = run("lockouts", "clear", "alice", admin=admin)
    tap.equal((status, out), (75, ""), "lifted here only: 75")
    has("and said so", err, "lifted here only")
    status, out, _ = run("lockouts", "clear", "alice", "--json", admin=admin)
    tap.equal((status, json.loads(out)), (75, away), "with --json, too")


def explain(admin):
    account = {"canonical": "alice@example.org", "stable": "uid:7", "disabled": True, "locked": False,
               "must_change": False, "app_required": True, "oauth2_required": False, "service_disabled": False,
               "expires": 0, "password_expires": NOW + 200000, "locked_until": 0, "password_changed": 1772323200,
               "mechanisms": None, "services": "smtp,imap", "restriction": None, "defect": None,
               "secrets": ["SSHA512"], "previous": True}
    answer = {"status": 0, "client": "192.0.2.9", "client_locked": False, "user": "alice@example.org",
              "realm": "example.org", "owner": "file:uid:7",
              "backends": [{"label": "file", "type": "file", "answer": "known", "account": account},
                           {"label": "dir", "type": "ldap", "answer": "down", "account": None}],
              "app_passwords": [APP], "locks": [LOCK], "remembered": {"current": True, "previous_changed": 1772323200},
              "recent": [{"count": 1000, "first": 1772323200, "last": 1772409600, "id": "7K3MQ2XD", "outcome": "refuse",
                          "reason": "password-changed", "said": "password-changed", "proof": "previous",
                          "client": "192.0.2.9", "mechanism": "PLAIN", "service": "smtp"},
                         {"count": 1, "first": 1772323200, "last": 1772323200, "id": "8L4NR3YE", "outcome": "allow",
                          "reason": None, "said": None, "proof": "current", "client": None, "mechanism": None,
                          "service": None}],
              "proofs": [{"proof": "none", "outcome": "refuse", "reason": "bad-credentials", "said": "bad-credentials",
                          "text": "Not accepted."},
                         {"proof": "current", "outcome": "refuse", "reason": "account-disabled",
                          "said": "account-disabled", "text": "This account is disabled."},
                         {"proof": "app", "outcome": "allow", "reason": None, "said": None, "text": None}]}
    admin.answers["explain"] = answer
    status, out, _ = run("explain", "Alice", "--service", "imap", "--address", "192.0.2.9", admin=admin)
    tap.equal(admin.last(), {"command": "explain", "user": "Alice", "service": "imap", "client": "192.0.2.9"},
              "explain asks")
    tap.equal(status, 0, "explain ends with 0")
    has("explain tells the state from each backend", out, "file (file): knows the name", "disabled",
        "mail programs need an app password", "dir (ldap): DOWN", "SSHA512; the previous one is known too",
        "(in 2 days)", "smtp,imap")
    has("and from each store", out, "phone", "192.0.2.7/32", "the one before, replaced 2026-03-01")
    tap.equal([line.split() for line in out.splitlines() if "7K3MQ2XD" in line],
              ["1000 2026-03-01 01:00:00 CET 2026-03-02 01:00:00 CET 192.0.2.9 PLAIN password-changed previous "
               "7K3MQ2XD".split()], "and the last logins, like ones in one row")
    has("and those that were let in, from nobody knows where", out, "Last logins", "let in", "8L4NR3YE")
    has("and what each proof would give", out, "the password ", "account-disabled", "This account is disabled.",
        "an app password")
    status, out, _ = run("--json", "explain", "alice", admin=admin)
    tap.equal((status, json.loads(out)), (0, answer), "explain --json")
    tap.ok("As from" not in run("explain", "alice", "--address", "192.0.2.9", admin=admin)[1],
           "who says from where is not told it")
    admin.answers["explain"] = {**answer, "client_locked": True}
    lines = run("explain", "alice", admin=admin)[1].splitlines()
    tap.equal(admin.last(), {"command": "explain", "user": "alice"}, "explain without an address")
    at = [number for number, line in enumerate(lines) if line.split()[:3] == ["As", "from", "192.0.2.9,"]]
    tap.ok(len(at) == 1 and "which is locked; --address IP for another" in lines[at[0]]
           and lines[at[0] + 1].startswith("IF THE SECRET IS"), "says above the table from where it is", *lines)
    admin.answers["explain"] = {**answer, "realm": None, "owner": None, "backends": [], "app_passwords": None,
                                "locks": [], "remembered": None, "recent": None, "proofs": []}
    has("explain of a name of no realm", run("explain", "x@y", admin=admin)[1], "none of ours", "cannot be told now",
        "there is no journal")
    admin.answers["explain"]["recent"] = []
    has("explain of one who never came", run("explain", "x@y", admin=admin)[1], "none in the journal")


def status_and_reload(admin):
    answer = {"status": 0, "version": "0.1", "pid": 100, "parent": 99, "started": NOW - 7200, "config": "/nonexistent",
              "state_directory": None, "connections": 3, "counters": {
                  "allowed": 5, "refused": 7, "later": 1, "overruns": 0, "locked": 2, "expiring": 0,
                  "by_cause": {"bad-credentials": 6, "account-disabled": 1, "malformed-credentials": 0}},
              "backends": [{"label": "dir", "type": "ldap", "up": "no", "certificate_until": 1772323200}],
              "journal_failing": True, "waiting": 0, "lost": 4, "fleet": "away", "queues": {"hashes": 1, "stores": 2},
              "credentials": "failing", "credentials_fault": "made with another key"}
    admin.answers["status"] = answer
    status, out, _ = run("status", admin=admin)
    tap.equal(status, 0, "status ends with 0")
    has("status", out, "worker 100", "2 hours ago", "5 let in, 7 refused, 1 told to try later", "6 bad-credentials",
        "DOWN", "(OVER)", "FAILING: decisions", "4 decisions", "AWAY", "nothing outlives",
        "FAILING: app passwords", "made with another key")
    tap.ok("malformed" not in out, "a cause that did not occur is left out", out)
    tap.equal(json.loads(run("status", "--json", admin=admin)[1]), answer, "status --json")

    count = {"asked": 0}

    def changing(_):
        count["asked"] += 1
        return {**answer, "pid": 100 if count["asked"] < 4 else 101}

    admin.answers.update({"status": changing, "reload": {"status": 0, "worker": 100}})
    status, out, _ = run("reload", admin=admin)
    tap.equal(status, 0, "reload waits for another worker", out)
    has("and names it", out, "worker 101, after 100")


# A configuration that is good where LEVEL is set, as in the unit of the daemon, and nowhere else.
VARIABLE = 'log = stderr\nlog_level = "${LEVEL}"\n'


def reload_elsewhere(folder):
    admin = Admin(folder, "elsewhere")
    asked = []
    admin.answers = {"status": lambda _: {"status": 0, "pid": 101 if asked else 100,
                                          "config": folder + "/variable.conf"},
                     "reload": lambda request: asked.append(request) or {"status": 0, "worker": 100}}
    status, out, err = run("reload", admin=admin)
    tap.equal((status, len(asked)), (0, 1), "it is the daemon that knows its environment, and is asked", out, err)


def reload_in_vain(folder, *words):
    admin = Admin(folder, "vain" + "".join(words))
    admin.answers = {"status": {"status": 0, "pid": 100, "config": folder + "/variable.conf"},
                     "reload": {"status": 0, "worker": 100}}
    began = time.monotonic()
    status, out, err = run("reload", *words, admin=admin)
    tap.equal(status, 78, "reload %s without a new worker: 78" % "".join(words), err)
    tap.ok(14 <= time.monotonic() - began < 40, "after 15 s", time.monotonic() - began)
    told = json.loads(out) if words else {"status": status, "error": err, "faults": err.split("\n")}
    has("and says that the old one stays", told["error"], "old configuration stays in effect", "check-config")
    tap.equal((told["status"], any("variable.conf:2: " in fault for fault in told.get("faults", []))),
              (78, os.getuid() == 0), "and to root what is wrong with the new one here", told)


def faults(admin, folder):
    for code in (64, 67, 75, 77, 78):
        admin.answers["why"] = {"status": code, "error": "no: \x1b[31m\u202e\u009b red"}
        status, out, err = run("why", "7K3MQ2XD", admin=admin)
        tap.equal((status, out), (code, ""), "status %d of the daemon is the program's" % code)
        tap.ok("\x1b" not in err and "\u202e" not in err and "\u009b" not in err and "\\x1b[31m" in err,
               "its text cannot steer the terminal", repr(err))
        status, out, err = run("why", "7K3MQ2XD", "--json", admin=admin)
        tap.equal((status, json.loads(out), err), (code, admin.answers["why"], ""), "and with --json all is on stdout")
        tap.ok(out.isascii() and "\x1b" not in out, "in ASCII", repr(out))
    for name, answer in (("closed", b""), ("not JSON", b"hello\n"), ("no object", b"[]\n"), ("no status", b"{}\n"),
                         ("a strange status", b'{"status": 3}\n'), ("half a line", b'{"status": 0'),
                         ("a status of text", b'{"status": "0"}\n'), ("a broken name", b'{"status": 0, "a": "\xff"}\n')):
        admin.answers["why"] = answer
        status, _, err = run("why", "7K3MQ2XD", admin=admin)
        tap.equal(status, 75, "an answer that is %s: 75" % name, err)
    long = {"status": 0, "lockouts": [dict(LOCK, name="n%d" % i) for i in range(20000)], "omitted": 0}
    admin.answers["lockouts-list"] = long
    status, out, _ = run("lockouts", "list", admin=admin)
    tap.equal((status, out.count("\n")), (0, 20001), "an answer of megabytes")
    hostile = {**INCIDENT, "user": "a\x1b]0;x\x07\u202eb\u2066\x7f\nc", "client": "\u200e\ufeff\u0085"}
    admin.answers["why"] = {"status": 0, "incident": hostile}
    _, out, _ = run("why", "7K3MQ2XD", admin=admin)
    tap.ok(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202e\u2066\ufeff]", out) and
           "\\x1b]0;x\\x07\\xe2\\x80\\xaeb" in out and "\\x0ac" in out, "no control character of a name gets out", repr(out))

    status, out, err = run("why", "7K3MQ2XD", "-S", folder + "/none")
    tap.equal((status, out), (75, ""), "no socket: 75", err)
    has("it says that the daemon is not running", err, "sasl-reasond is not running", folder + "/none")
    status, out, _ = run("why", "X", "--json", "-S", folder + "/none")
    tap.equal((status, json.loads(out)["status"]), (75, 75), "with --json too")
    tap.equal(run("status", env={"SASL_REASON_SOCKET": folder + "/none"})[0], 75, "SASL_REASON_SOCKET is used")
    has("the option beats it", run("status", "-S" + folder + "/other", env={"SASL_REASON_SOCKET": admin.path})[2], "/other")
    status, _, err = run("status", "-S", "/" + "x" * 200)
    tap.equal(status, 64, "a path that no socket can have: 64", err)


def not_permitted(admin):
    os.chmod(admin.path, 0)
    ours = shutil.copy(PROGRAM, os.path.dirname(admin.path))  # the build's folder may be root's alone
    more = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    status, _, err = run("status", admin=admin, program=ours, **more)
    os.chmod(admin.path, 0o700)
    tap.equal(status, 77, "a socket that is not for us: 77", err)
    has("it says so", err, "you may not use", admin.path)


def help_desk(admin, auth, folder):
    """A member of admin_group may use the admin socket, and not Postfix's."""
    private = os.path.join(folder, "private")
    os.mkdir(private, 0o700)
    closed = Auth(private)
    if os.getuid() != 0:
        os.chmod(private, 0)
    os.chmod(admin.path, 0o666)
    os.chmod(auth.path, 0o666)
    more = {"program": shutil.copy(PROGRAM, folder), "start_new_session": True}
    if os.getuid() == 0:
        more.update({"user": 65534, "group": 65534, "extra_groups": []})
    listeners = [{"path": closed.path, "face": "auth"}, {"path": auth.path, "face": "auth"}]
    auth.talk = lambda *_: "OK\t1\tuser=alice"
    admin.answers["config"] = {"status": 0, "listeners": listeners}
    status, out, err = run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n", **more)
    tap.equal((status, err), (0, ""), "test takes the first auth socket that lets the caller in", out)
    admin.answers["config"] = {"status": 0, "listeners": [listeners[0], {"path": folder + "/none", "face": "auth"}]}
    status, out, err = run("test", "alice", admin=admin, **more)
    tap.equal((status, out), (75, ""), "none does: 75, which no refused login has, and no password is asked for", err)
    has("and it says what is in the way of each", err, "you may not use " + closed.path, "there is no " + folder + "/none")
    status, out, _ = run("test", "alice", "--json", admin=admin, **more)
    tap.equal((status, json.loads(out)["status"]), (75, 75), "with --json too", out)
    status, _, err = run("test", "alice", "--auth-socket", closed.path, admin=admin, **more)
    tap.equal(status, 75, "one that was named and is not for us: 75", err)
    os.chmod(admin.path, 0)
    status, _, err = run("test", "alice", admin=admin, **more)
    tap.equal(status, 75, "test without a right to the admin socket: 75", err)
    os.chmod(admin.path, 0o700)
    os.chmod(private, 0o700)


def silent(folder):
    admin = Admin(folder, "silent")
    admin.answers["status"] = lambda _: time.sleep(20) or {}
    began = time.monotonic()
    status, _, err = run("status", admin=admin)
    tap.equal(status, 75, "no answer: 75", err)
    tap.ok(9 <= time.monotonic() - began < 25, "after 10 s", time.monotonic() - began)


def usage(admin):
    before = len(admin.asked)
    for line in ("", "nonsense", "why", "why a b", "why --nonsense a", "why --json=x a", "why a --socket", "explain",
                 "app-password", "app-password nonsense", "app-password add alice", "app-password list", "reload x",
                 "app-password list alice --label x", "app-password revoke alice", "app-password rename a b", "status x",
                 "lockouts clear", "lockouts clear alice --network ::1", "lockouts show", "lockouts list --network ::1",
                 "lockouts list a b", "reasons a b", "pw secret", "pw --scheme NONSENSE", "test", "test a b",
                 "test a --mechanism NONSENSE", "test a --address nonsense", "test a --address 10.0.0.0/8", "test a --mechanism LOGIN --authzid b", "check-config x"):
        status, out, err = run(*line.split(), admin=admin)
        tap.ok(status == 64 and out == "" and err, "wrong usage: %r" % line, status, out, err)
    tap.equal(len(admin.asked), before, "none of it asks the daemon")
    for line in ("reasons \udcff", "no\udcffthing", "test a --mechanism \udcff", "pw --scheme \udcff"):
        status, out, err = run("--json", *line.split(" "), admin=admin)
        told = json.loads(out or "null")
        tap.ok((status, err) == (told["status"], "") and "\\xff" in told["error"], "what is no UTF-8 is said printable: %r" % line, out)
    for line in ("why --json --nonsense", "--nonsense --json", "nonsense --json", "app-password x --json", "why --json"):
        status, out, err = run(*line.split(), admin=admin)
        tap.ok((status, err) == (64, "") and json.loads(out)["status"] == 64, "with --json as an object: %r" % line, out, err)
    tap.ok("s3cret" not in run("test", "alice", "--password=s3cret", admin=admin)[2], "what may be a password is not said again")
    for line in ("--help", "-h", "--version", "-V", "why --help", "app-password --help", "test -h", "why -V"):
        status, out, err = run(*line.split())
        tap.ok(status == 0 and out and err == "", "%s prints and ends with 0" % line, status, err)
    tap.equal(run("--", "status", "-S", "/none")[0], 75, "-- ends the options before a subcommand")


# ---- test: a login ----

def plain_login(admin, auth, folder):
    secret = os.path.join(folder, "pw")
    Path(secret).write_text("pass\u00e9 w\u00f6rd\nsecond line\n", encoding="utf-8")
    admin.answers["config"] = {"status": 0, "listeners": [
        {"path": admin.path, "face": "admin"}, {"path": auth.path, "face": "auth"}, {"path": "/none", "face": "auth"}]}
    admin.answers["why"] = {"status": 0, "incident": INCIDENT}
    got = []

    def refuse(response, say, hear):
        got.append(base64.b64decode(response))
        return ("FAIL\t1\tuser=alice\tcode=user_disabled\treason=This account is disabled. [account-disabled] (id 7K3MQ2XD)"
                "\treason_id=account-disabled\tincident=7K3MQ2XD\tstatus=525\tenhanced=5.7.13")

    auth.talk = refuse
    status, out, err = run("test", "alice", "--password-file", secret, admin=admin)
    tap.equal((status, err), (77, ""), "test: a refusal is 77")
    tap.equal(got, [b"\0alice\0" + "pass\u00e9 w\u00f6rd".encode()], "PLAIN has the name and the first line of the file")
    tap.equal(auth.fields, ["AUTH", "1", "PLAIN", "service=smtp", "rip=127.0.0.1", "secured", "final-resp-ok",
                            "sasl-reason=1"], "it asks as our plugin does")
    tap.equal(out.split("\n")[0], "525 5.7.13 This account is disabled. [account-disabled] (id 7K3MQ2XD)",
              "the reply as a mail client reads it")
    has("and the whole verdict", out, "Why not more", "account-disabled: The account is disabled.")
    status, out, _ = run("test", "alice", "--password-stdin", "--json", "--no-tls", "--service", "imap", "--address",
                         "2001:db8::7", "--authzid", "bob", admin=admin, stdin="pw\n")
    tap.equal(auth.fields, ["AUTH", "1", "PLAIN", "service=imap", "rip=2001:db8::7", "final-resp-ok", "sasl-reason=1"],
              "service, address and no TLS are said")
    tap.equal(got[-1], b"bob\0alice\0pw", "and the authzid")
    tap.equal({k: v for k, v in json.loads(out).items() if k != "reply"},
              {"status": 77, "outcome": "refuse", "user": "alice", "id": "7K3MQ2XD", "incident": INCIDENT},
              "test --json has the verdict")

    auth.talk = lambda *_: "OK\t1\tuser=alice@example.org\tincident=7K3MQ2XD"
    status, out, _ = run("test", "alice", "--auth-socket", auth.path, "--password-stdin", admin=admin, stdin="pw")
    tap.equal(status, 0, "test: let in is 0")
    has("with the name and the incident", out, "235 2.7.0", "alice@example.org", "Incident        7K3MQ2XD")
    auth.talk = lambda *_: ("FAIL\t1\tcode=temp_fail\treason=Try later. [temporary-failure] (id 7K3MQ2XD)\tincident=7K3MQ2XD"
                            "\tstatus=454\tenhanced=4.7.0")
    status, out, _ = run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n")
    tap.equal((status, out.split("\n")[0]), (75, "454 4.7.0 Try later. [temporary-failure] (id 7K3MQ2XD)"),
              "test: a temporary failure is 75")
    admin.answers["why"] = {"status": 78, "error": "there is no journal"}
    status, out, err = run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n")
    tap.ok(status == 75 and out.startswith("454 4.7.0 ") and "there is no journal" in err,
           "without a journal there is the reply", status, out, err)
    auth.talk = lambda *_: "FAIL\t1\tuser=alice"
    status, out, _ = run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n")
    tap.equal((status, out), (77, "535 5.7.8 authentication failed\n"), "a refusal without a text (observe)")
    for name, line in (("nonsense", "WHAT\t1"), ("another's answer", "OK\t2\tuser=a"), ("a challenge", "CONT\t1\t")):
        auth.talk = lambda *_, line=line: line
        status, _, err = run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n")
        tap.equal(status, 75, "%s is neither yes nor no: 75" % name, err)
    admin.answers["config"] = {"status": 0, "listeners": [{"path": admin.path, "face": "admin"}]}
    tap.equal(run("test", "alice", "--password-stdin", admin=admin, stdin="pw\n")[0], 78, "no auth socket: 78")
    for name, words, text in (("an empty password", ("--password-stdin",), "\n"), ("none", ("--password-stdin",), ""),
                              ("one too long", ("--password-stdin",), "x" * 1025 + "\n"),
                              ("no file", ("--password-file", folder + "/none"), ""),
                              ("both", ("--password-file", secret, "--password-stdin"), "x\n")):
        status, _, err = run("test", "alice", *words, "--auth-socket", auth.path, stdin=text)
        tap.equal(status, 64, "%s: 64" % name, err)
    status, _, err = run("test", "alice", "--auth-socket", auth.path, stdin="pw\n", start_new_session=True)
    tap.equal(status, 64, "no terminal and no option: 64, not what happens to be on stdin", err)


def login_mechanism(auth):
    heard = []

    def talk(response, say, hear):
        heard.append(response)
        say("CONT\t1\t" + b64("Username:"))
        heard.append(base64.b64decode(hear()[2]))
        say("CONT\t1\t" + b64("Password:"))
        heard.append(base64.b64decode(hear()[2]))
        return "OK\t1\tuser=alice"

    auth.talk = talk
    status, _, err = run("test", "alice", "--mechanism", "LOGIN", "--auth-socket", auth.path, "--password-stdin",
                         stdin="pw\r\n")
    tap.equal((status, heard), (0, [None, b"alice", b"pw"]), "LOGIN answers both prompts", err)


def cram(auth):
    challenge = b"<1896.697170952@mx.example.org>"

    def talk(response, say, hear):
        say("CONT\t1\t" + b64(challenge))
        name, digest = base64.b64decode(hear()[2]).decode().rsplit(" ", 1)
        good = hmac.new(b"pw", challenge, hashlib.md5).hexdigest()
        return "OK\t1\tuser=alice" if response is None and (name, digest) == ("alice", good) else "FAIL\t1\tuser=alice"

    auth.talk = talk
    for password, want in (("pw", 0), ("wrong", 77)):
        status, _, err = run("test", "alice", "--mechanism", "cram-md5", "--auth-socket", auth.path, "--password-stdin",
                             stdin=password + "\n")
        tap.equal(status, want, "CRAM-MD5 with %r" % password, err)


def scram(auth, name, make):
    """RFC 5802's server, with the password "pw"."""
    salted = hashlib.pbkdf2_hmac(make().name, b"pw", b"salt", 4096)
    lie = {"now": False}

    def talk(response, say, hear):
        bare = base64.b64decode(response).decode().split(",", 2)[2]
        nonce = bare.split(",")[1][2:] + "server"
        first = "r=%s,s=%s,i=4096" % (nonce, b64("salt"))
        say("CONT\t1\t" + b64(first))
        final = base64.b64decode(hear()[2]).decode()
        without, proof = final.rsplit(",p=", 1)
        message = ",".join((bare, first, without)).encode()
        client = hmac.new(salted, b"Client Key", make).digest()
        signature = hmac.new(make(client).digest(), message, make).digest()
        if bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature)) != client:
            return "FAIL\t1\tuser=alice\treason=No. [bad-credentials] (id 7K3MQ2XD)"
        server = hmac.new(hmac.new(salted, b"Server Key", make).digest(), message, make).digest()
        return "OK\t1\tuser=alice\tresp=" + b64("v=" + b64(server[::-1] if lie["now"] else server))

    auth.talk = talk
    for password, lying, want in (("pw", False, 0), ("wrong", False, 77), ("pw", True, 75)):
        lie["now"] = lying
        status, out, err = run("test", "alice", "--mechanism", name, "--auth-socket", auth.path, "--password-stdin",
                               stdin=password + "\n")
        tap.equal(status, want, "%s with %r%s" % (name, password, ", a server that does not know it" if lying else ""),
                  out, err)


# ---- passwords at a terminal ----

class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, *words], ENV)
        self.text = ""

    def wait_for(self, text, timeout=10):
        end = time.monotonic() + timeout
        while text not in self.text and time.monotonic() < end:
            if not select.select([self.fd], [], [], 0.1)[0]:
                continue
            try:
                self.text += os.read(self.fd, 4096).decode()
            except OSError:
                break
        return text in self.text

    def echo(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """The wait status; what was still printed is read first."""
        self.wait_for("\0never", timeout=3)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return status


def terminal(auth):
    prompt = Terminal("pw", "--scheme", "PLAIN")
    tap.ok(prompt.wait_for("Password: "), "pw asks at a terminal", prompt.text)
    tap.ok(not prompt.echo(), "without echo")
    prompt.type("s3cret\n")
    tap.ok(prompt.wait_for("Once more: "), "twice", prompt.text)
    prompt.type("s3cret\n")
    prompt.wait_for("{PLAIN}s3cret")
    text = prompt.text
    tap.equal(os.waitstatus_to_exitcode(prompt.end()), 0, "pw ends with 0")
    tap.ok("{PLAIN}s3cret" in text and text.count("s3cret") == 1, "nothing of it is echoed", text)

    prompt = Terminal("pw")
    prompt.wait_for("Password: ")
    prompt.type("one\n")
    prompt.wait_for("Once more: ")
    prompt.type("two\n")
    tap.ok(prompt.wait_for("not the same"), "two that differ are refused", prompt.text)
    tap.equal(os.waitstatus_to_exitcode(prompt.end()), 64, "with 64")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        prompt = Terminal("test", "alice", "--auth-socket", auth.path)
        prompt.wait_for("Password: ")
        before = prompt.echo()
        os.kill(prompt.pid, number)
        end = time.monotonic() + 10
        after = False
        while not after and time.monotonic() < end:
            try:
                after = prompt.echo()
            except termios.error:
                break
            time.sleep(0.02)
        status = prompt.end()
        tap.ok(not before and after, "%s gives the terminal its echo back" % number.name)
        tap.ok(os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, "and ends the program", status)


def crypt(password, setting):
    return (LIBCRYPT.crypt(password.encode(), setting.encode()) or b"").decode()


def stored():
    for scheme in ("SHA512-CRYPT", "CRYPT", "BLF-CRYPT:4", "SHA512-CRYPT:5000"):
        status, out, err = run("pw", "--scheme", scheme, stdin="s3cret\n")
        value = out.strip().split("}", 1)[-1]
        tap.ok(status == 0 and crypt("s3cret", value) == value and crypt("other", value) != value,
               "pw --scheme %s makes what crypt(3) takes" % scheme, out, err)
    _, out, _ = run("pw", "--scheme", "SSHA512", stdin="s3cret\n")
    raw = base64.b64decode(out.strip()[len("{SSHA512}"):])
    tap.equal(raw[:64], hashlib.sha512(b"s3cret" + raw[64:]).digest(), "SSHA512 is one")
    first, second = (run("pw", stdin="s3cret\n")[1] for _ in range(2))
    tap.ok(first.startswith("{CRYPT}$y$") and first != second, "a salt of its own each time", first, second)
    page = (TOP / "docs" / "sasl-reason.conf.5").read_text(encoding="utf-8")
    tap.ok(re.search(r"^\\fBscheme\\fR (?:.*\n)+?Default: \\fBCRYPT\\fR", page, re.M),
           "the scheme is that of a realm which sets none: unknown names cost the same")
    status, out, _ = run("pw", "--scheme", "PLAIN", "--json", stdin="a\x1bb\n")
    tap.equal(json.loads(out), {"status": 0, "scheme": "PLAIN", "stored": "{PLAIN}a\x1bb"}, "pw --json")
    status, out, err = run("pw", "--scheme", "PLAIN", "--json", stdin=b"p\xe4ss\n")
    tap.equal((status, err, json.loads(out).get("status")), (64, "", 64), "pw --json of what is no UTF-8: 64", out)
    status, out, _ = run("pw", "--scheme", "SSHA512", "--json", stdin=b"p\xe4ss\n")
    tap.equal((status, json.loads(out)["status"]), (0, 0), "a hash of it is text", out)
    tap.equal(run("pw", "--scheme", "PLAIN", stdin="a\x1bb\n")[1], "{PLAIN}a\x1bb\n", "a pipe gets the octets as they are")
    schemes = run("complete", "pw", "--scheme", "")[1].split()
    bad = [s for s in schemes if run("pw", "--scheme", s, stdin="x\n")[0]]
    tap.ok(len(schemes) == 9 and not bad, "every scheme that the help names can be made", schemes, bad)


# ---- completion, manual ----

def complete(*words):
    """What bash offers, with the last word as the one begun."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sasl_reason; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", str(TOP / "packaging/completion/sasl-reason"), PROGRAM, *words],
                          env=ENV, capture_output=True, text=True, check=False)
    return done.stdout.split()


def names():
    """Each subcommand with its options and verbs, from the help."""
    subcommands = re.findall(r"^  ([a-z-]+) {2,}\S", run("--help")[1], re.M)
    return {name: run(name, "--help")[1] for name in subcommands if not name.startswith("-")}


def completion():
    helps = names()
    tap.equal(sorted(complete("")), sorted(helps), "bash completes the subcommands of the help")
    tap.equal(complete("app-pass"), ["app-password"], "what was begun")
    bad = [(name, complete(name, "--")) for name, text in helps.items()
           if sorted(complete(name, "--")) != sorted(set(re.findall(r"^  (--[a-z-]+)", text, re.M)))]
    tap.ok(not bad, "each subcommand's options", bad)
    for name in ("app-password", "lockouts"):
        verbs = sorted(set(re.findall(r"sasl-reason %s ([a-z]+)" % name, helps[name])))
        tap.equal(sorted(complete(name, "")), verbs, "the verbs of %s" % name)
    tap.equal(complete("test", "--mechanism", "SCRAM"), ["SCRAM-SHA-1", "SCRAM-SHA-256"], "the values of an option")
    tap.equal(complete("test", "--mechanism", "=", "LO"), ["LOGIN"], "also after \"=\"")
    tap.equal(complete("-S", "/x", "--json", "reasons", "tls"), ["tls-required"], "the reasons")
    tap.equal(complete("test", "--password-file", ""), [], "files are left to the shell")
    tap.equal(complete("explain", ""), [], "and names to the user")


def manual():
    page = (TOP / "docs" / "sasl-reason.8").read_text(encoding="utf-8").replace("\\-", "-")
    helps = names()
    missing = [word for name, text in helps.items() for word in [name, *re.findall(r"^  (--[a-z-]+)", text, re.M)]
               if not re.search(r"(?<![a-z-])%s(?![a-z-])" % re.escape(word), page)]
    tap.ok(not missing, "the manual has every subcommand and option", missing)
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(TOP / "docs" / "sasl-reason.8")], capture_output=True,
                          text=True, check=False)
    tap.equal((done.returncode, done.stdout), (0, ""), "mandoc has nothing to say about it")


def main():
    with tempfile.TemporaryDirectory(prefix="sasl-reason-cli.") as folder:
        os.chmod(folder, 0o755)
        Path(folder, "variable.conf").write_text(VARIABLE, encoding="ascii")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            slow = [pool.submit(tap.run, silent, folder), pool.submit(tap.run, reload_in_vain, folder),
                    pool.submit(tap.run, reload_in_vain, folder, "--json")]
            admin, auth = Admin(folder), Auth(folder)
            for part in (why, every_reason, app_password, lockouts, explain, status_and_reload, not_permitted, usage):
                tap.run(part, admin)
            tap.run(faults, admin, folder)
            tap.run(reload_elsewhere, folder)
            tap.run(plain_login, admin, auth, folder)
            tap.run(login_mechanism, auth)
            tap.run(cram, auth)
            tap.run(scram, auth, "SCRAM-SHA-1", hashlib.sha1)
            tap.run(scram, auth, "SCRAM-SHA-256", hashlib.sha256)
            tap.run(help_desk, admin, auth, folder)
            tap.run(terminal, auth)
            for part in (stored, completion, manual):
                tap.run(part)
            for each in slow:
                each.result()
    tap.done()


main()
