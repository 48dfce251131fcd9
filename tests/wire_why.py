#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The help desk: `sasl-reason why ID` for every kind of reply, and the other questions that the CLI answers.

Needs the lab (tests/lab up).
"""
import concurrent.futures
import json
import os
import re
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import slapd
import smtp
import tap
from auth import Closed, Peer, b64, plain

SOCKET = lab.env["AUTH_SOCKET"]
FAR = "198.51.100.90"
UNKNOWN = "nobody-here"
MEMBERS = {"id", "time", "outcome", "reason", "said", "proof", "lock", "tls", "observed", "overrun", "ms", "status",
           "enhanced", "user", "realm", "mechanism", "service", "client", "peer", "backend", "defect", "label", "text"}
# What the CLI calls the lab's mail servers.
SHOWN = {"postfix": "stock Postfix, Dovecot SASL", "postfix_cyrus": "stock Postfix, libreason.so",
         "exim": "stock Exim, our ACL", "exim_patched": "patched Exim, libreason.so",
         "sendmail": "patched sendmail, libreason.so"}
# case, mechanism, user, password, token that is told, reason that was found, proof, backend that knows the name
CASES = [
    ("a wrong password", "PLAIN", "alice", lab.WRONG, "bad-credentials", "bad-credentials", "none", "accounts"),
    ("an unknown name", "PLAIN", UNKNOWN, lab.WRONG, "bad-credentials", "bad-credentials", None, None),
    ("an unknown realm", "PLAIN", "x@nowhere.example.net", lab.WRONG, "bad-credentials", "bad-credentials", None, None),
    ("needs an app password", "PLAIN", "appreq", lab.RIGHT, "app-password-required", "app-password-required", "current",
     "accounts"),
    ("disabled, right", "PLAIN", "disabled", lab.RIGHT, "account-disabled", "account-disabled", "current", "accounts"),
    ("disabled, wrong", "PLAIN", "disabled", lab.WRONG, "bad-credentials", "account-disabled", "none", "accounts"),
    ("expired", "PLAIN", "expired", lab.RIGHT, "account-expired", "account-expired", "current", "accounts"),
    ("password expired", "PLAIN", "pwexpired", lab.RIGHT, "password-expired", "password-expired", "current", "accounts"),
    ("must change it", "LOGIN", "mustchange", lab.RIGHT, "password-must-change", "password-must-change", "current",
     "accounts"),
    ("an old password", "PLAIN", "stale", "old-pw", "password-changed", "password-changed", "previous", "accounts"),
    ("OAuth2", "PLAIN", "oauth", lab.RIGHT, "oauth2-required", "oauth2-required", "current", "accounts"),
    ("may not send", "PLAIN", "nosend", lab.RIGHT, "service-disabled", "service-disabled", "current", "accounts"),
    ("locked by the backend", "PLAIN", "locked", lab.RIGHT, "bad-credentials", "account-locked", None, "accounts"),
    ("realm of hashes", "CRAM-MD5", "bob@hashed.example.org", lab.RIGHT, "mechanism-mismatch", "mechanism-mismatch",
     None, None),
    ("wrong by a challenge", "SCRAM-SHA-256", "alice", lab.WRONG, "credentials-or-mechanism", "bad-credentials", "none",
     "accounts"),
    ("impossible by a challenge", "CRAM-MD5", "hashed", lab.RIGHT, "credentials-or-mechanism", "mechanism-mismatch",
     "impossible", "accounts"),
    ("needs TLS", "PLAIN", "sue@secure.example.org", lab.RIGHT, "tls-required", "tls-required", None, None),
    ("another network", "PLAIN", slapd.at("farnet"), slapd.RIGHT, "network-restricted", "network-restricted", "current",
     "directory"),
    ("another mechanism", "PLAIN", slapd.at("scramonly"), slapd.RIGHT, "mechanism-not-allowed", "mechanism-not-allowed",
     "current", "directory"),
]


def login(user, password, mech="PLAIN", **more):
    return smtp.try_login(lab.where("postfix"), mech, user, password, **more)


def why(incident):
    return lab.cli_json("why", incident)["incident"]


def full(user):
    return user if "@" in user else user + "@example.org"


def neutral(text):
    """Without the id, the date and the places of this lab."""
    text = re.sub(r"\(id [A-Z0-9]{8}\)", "(id ........)", text)
    return re.sub(r"https://[\w./]*\w", "URL", re.sub(r"\d{4}-\d\d-\d\d", "DATE", text))


def look(case, reply, mech, user, token, found, proof, backend, client=FAR):
    """The incident agrees with the reply, and plain words say the same."""
    tap.equal(reply.token, token, case + ": the reply", repr(reply))
    row = why(reply.id)
    tap.equal(set(row), MEMBERS, case + ": all members", row)
    want = {"id": reply.id, "outcome": "refuse", "reason": found, "said": token, "user": full(user), "mechanism": mech,
            "service": "smtp", "client": client, "tls": False, "status": 535, "enhanced": "5.7.8", "backend": backend,
            "observed": False, "realm": full(user).split("@")[1]}
    if "nowhere" in user:
        del want["realm"]
    if proof:
        want["proof"] = proof
    tap.equal({key: row[key] for key in want}, want, case + ": who, whence, what was found and told", row)
    said = reply.text.partition("Error: authentication failed: ")[2]
    tap.ok(row["text"] == said, case + ": the text is what the client read", row["text"], said)
    tap.ok(abs(row["time"] - time.time()) < 120 and 0 <= row["ms"] < 20000, case + ": when", row)
    text = lab.cli("why", reply.id)
    flat = re.sub(r"\s+", " ", text)
    lacking = [word for word in (reply.id, full(user), client, mech, found, "535", *([token] if token else []))
               if word not in flat]
    tap.ok(not lacking and "What to do" in text, case + ": in plain words", text, *lacking)
    if found != token:
        tap.ok("Why not more" in text, case + ": and why no more was told", text)
    return text


def each_kind():
    for case, mech, user, password, *rest in CASES:
        reply = login(user, password, mech, address=FAR)
        tap.run(look, case, reply, mech, user, *rest)


def app_passwords():
    made = lab.cli_json("app-password", "add", "alice", "--label", "why %x" % time.time_ns(), "--service", "imap")
    label = made["label"]
    reply = login("alice", made["secret"], address=FAR)
    text = look("out of scope", reply, "PLAIN", "alice", "app-password-scope", "app-password-scope", "app-stale",
                "accounts")
    tap.ok(label in text and why(reply.id)["label"] == label, "out of scope: with its label", text)
    lab.cli("app-password", "revoke", "alice", made["id"])
    reply = login("alice", made["secret"], address=FAR)
    text = look("revoked", reply, "PLAIN", "alice", "app-password-revoked", "app-password-revoked", "app-stale", "accounts")
    tap.ok(label in text, "revoked: with its label", text)
    tap.ok(made["secret"] not in text and made["secret"].replace(" ", "") not in text, "and without its secret")


def locks():
    lab.unlock("alice", UNKNOWN)
    for user in ("alice", UNKNOWN):
        with Peer(SOCKET, timeout=60) as peer:
            peer.ask_all([(user, "wrong-%d" % number, "rip=" + FAR) for number in range(11)])
        reply = login(user, lab.RIGHT, address=FAR)
        look("locked, " + user, reply, "PLAIN", user, "account-locked", "account-locked", None, None)
        tap.equal(why(reply.id)["lock"], "name-network", "locked, %s: by which lock" % user)
    lab.unlock("alice", UNKNOWN)


def others():
    """What has no reply of its own: a login, a 454, an incomplete message."""
    tail = lab.Tail(lab.env["REASOND_LOG"])

    def logged(match, what):
        line = tail.wait(match) or ""
        found = re.search(r" id=([A-Z0-9]{8}) ", line)
        tap.ok(found, what + ": its id is in the log", line)
        return found and found[1]

    tap.equal(login("alice", lab.RIGHT, address="192.0.2.91").code, "235", "a login")
    row = why(logged(lambda line: "client=192.0.2.91" in line and "outcome=allow" in line, "a login"))
    tap.equal((row["outcome"], row["reason"], row["said"], row["user"], row["proof"]),
              ("allow", None, None, "alice@example.org", "current"), "a login is an incident too")
    tap.ok("logged in" in lab.cli("why", row["id"]), "in plain words")
    try:
        with Peer(SOCKET) as peer:
            peer.ask(1, "PLAIN", plain("ok@hostile.ldap.example.org", lab.RIGHT), "rip=192.0.2.92")
        tap.ok(False, "a directory that is away: closed")
    except Closed:
        pass
    row = why(logged(lambda line: "client=192.0.2.92" in line, "a 454"))
    tap.equal((row["outcome"], row["reason"]), ("try-later", "temporary-failure"), "a 454: not checked", row)
    with Peer(SOCKET) as peer:
        answer = peer.ask(1, "PLAIN", b64("alice"), "rip=192.0.2.93")
    row = why(answer.id)
    tap.equal((row["reason"], row["said"], row["user"]), ("malformed-credentials", "malformed-credentials", None),
              "a malformed one", row)
    with Peer(SOCKET) as peer:
        answer = peer.ask(1, "GSSAPI", "YQ==", "rip=192.0.2.94")
    tap.equal(why(answer.id)["reason"], "mechanism-unsupported", "a mechanism that is not offered")
    reply = smtp.try_login(lab.where("postfix"), "PLAIN", "disabled", lab.RIGHT, tls=True)
    tap.equal(why(reply.id)["tls"], True, "over TLS", repr(reply))
    reply = smtp.try_login(lab.where("exim_patched"), "PLAIN", "disabled", lab.RIGHT)
    row = why(reply.id)
    tap.ok(row["reason"] == "account-disabled" and row["client"] == "127.0.0.1", "through our plugin", row)


def asked():
    """However the id is typed; and what is no id."""
    reply = login("disabled", lab.RIGHT)
    tap.equal(why(reply.id.lower())["id"], reply.id, "in lower case")
    for incident, status in (("ZZZZZZZZ", 67), ("A", (64, 67)), ("", 64)):
        lab.cli("why", incident, want=status)
        lab.cli("--json", "why", incident, want=status)
    lab.cli("why", want=64)
    lab.cli("why", "--no-such-option", reply.id, want=64)
    lab.cli("no-such-command", want=64)
    tap.ok(True, "an id that there is not: 67; none at all, an unknown option or command: 64")
    tap.equal(lab.cli_json("why", reply.id)["incident"], lab.cli_json("why", reply.id)["incident"],
              "asked twice it is the same")


def kept():
    """Neither a restart nor a new worker loses what was answered."""
    replies = [login("disabled", lab.RIGHT) for _ in range(3)]
    lab.command("daemon", "stop")
    lab.cli("why", replies[0].id, want=75)
    lab.cli("status", want=75)
    tap.ok(True, "without a daemon: 75")
    lab.command("daemon", "start")
    tap.equal([why(reply.id)["id"] for reply in replies], [reply.id for reply in replies], "after a restart they are all there")
    status = lab.cli_json("status")
    reply = login("disabled", lab.RIGHT)
    lab.cli("reload")
    end = time.monotonic() + 15
    while lab.cli_json("status")["pid"] == status["pid"] and time.monotonic() < end:
        time.sleep(0.1)
    again = lab.cli_json("status")
    tap.ok(again["pid"] != status["pid"] and again["parent"] == status["parent"] == lab.parent(),
           "`reload`: another worker of the same parent", status, again)
    tap.equal(why(reply.id)["id"], reply.id, "which finds what the old one answered")


def in_parallel():
    """Many at once, while logins go on: each gets its own."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        users = ["disabled", "expired", "pwexpired", "oauth", "nosend"] * 8
        replies = list(pool.map(lambda user: login(user, lab.RIGHT), users))
        rows = list(pool.map(lambda reply: why(reply.id), replies))
    wrong = [(user, row["user"], row["said"], reply.token) for user, row, reply in zip(users, rows, replies)
             if row["user"] != full(user) or row["said"] != reply.token]
    tap.equal(wrong, [], "forty asked at once each get their own incident")
    tap.equal(len({row["id"] for row in rows}), 40, "and no id comes twice")


# --- who may ask ----------------------------------------------------------------------------------

def run_as(user, *words):
    import pwd
    who = pwd.getpwnam(user)
    done = subprocess.run(["setpriv", "--reuid", str(who.pw_uid), "--regid", str(who.pw_gid), "--clear-groups", "--",
                           *lab.env["SASL_REASON"].split(), *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30, check=False)
    return done


def not_for_all():
    reply = login("disabled", lab.RIGHT)
    about = os.stat(lab.env["ADMIN_SOCKET"])
    tap.equal((stat.S_IMODE(about.st_mode) & 0o007, about.st_uid), (0, 0), "the admin socket is root's", about)
    for user in ("daemon", "nobody"):
        for words in (("why", reply.id), ("app-password", "add", "alice", "--label", "mine"), ("lockouts", "list"),
                      ("status",)):
            done = run_as(user, *words)
            tap.ok(done.returncode == 77 and reply.token not in done.stdout + done.stderr,
                   "%s may not ask for %s: 77" % (user, words[0]), done)
    done = run_as("daemon", "reasons", "bad-credentials")
    tap.equal(done.returncode, 0, "what needs no daemon is for everybody", done)


def sudden_guests():
    """Whatever is said to the admin socket, the daemon serves on."""
    import socket
    worker = lab.worker()
    for octets in (b"garbage\n", b"{}\n", b"[]\n", b"{\"command\": 1}\n", b"{\"command\": \"no-such\"}\n", b"\0\xff\n",
                   b"{\"command\": \"why\"}\n", b"{" * 70000 + b"\n", b"x" * 200000):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(lab.env["ADMIN_SOCKET"])
            try:
                sock.sendall(octets)
                answer = sock.recv(65536)
            except OSError:
                answer = b""
            good = not answer or json.loads(answer.split(b"\n")[0])["status"] == 64
            tap.ok(good, "admin socket, %r: malformed" % octets[:24], answer[:300])
    tap.equal(lab.worker(), worker, "the same worker serves on")


# --- the rest of the CLI's answers, against a real daemon -----------------------------------------

def explains():
    found = lab.cli_json("explain", "appreq")
    tap.equal((found["user"], found["realm"]), ("appreq@example.org", "example.org"), "`explain`: who", found)
    proofs = {row["proof"]: (row["outcome"], row["reason"]) for row in found["proofs"]}
    tap.ok(proofs["current"] == ("refuse", "app-password-required") and proofs["app"] == ("allow", None) and
           proofs["none"][1] == "bad-credentials", "`explain`: what each proof would give", proofs)
    found = lab.cli_json("explain", "disabled")
    proofs = {row["proof"]: (row["reason"], row["said"]) for row in found["proofs"]}
    tap.equal((proofs["current"], proofs["none"]), (("account-disabled",) * 2, ("account-disabled", "bad-credentials")),
              "`explain`: found and said")
    found = lab.cli_json("explain", UNKNOWN, want=(0, 67))
    tap.ok(all(one["answer"] == "unknown" for one in found["backends"]), "`explain` of a name that nobody knows", found)
    found = lab.cli_json("explain", "ok@hostile.ldap.example.org", want=(0, 75))
    tap.ok(any(one["answer"] == "down" for one in found["backends"]), "`explain` with a backend that is down", found)


def tests():
    """`test` logs in as a mail server would: the reply, and the whole verdict."""
    text = lab.cli("test", "disabled", "--password-stdin", stdin=lab.RIGHT + "\n", want=77)
    tap.ok("account-disabled" in text and "535" in text, "`test`: a refusal is 77, with the reply", text)
    text = lab.cli("test", "alice", "--password-stdin", stdin=lab.RIGHT + "\n")
    tap.ok("235" in text or "logged in" in text, "`test`: a login is 0", text)
    lab.cli("test", "ok@hostile.ldap.example.org", "--password-stdin", stdin=slapd.RIGHT + "\n", want=75)
    tap.ok(True, "`test`: a temporary failure is 75")


def replies_of_mtas():
    """`reasons TOKEN` has what each mail server says, word for word."""
    for user, password, token in (("disabled", lab.RIGHT, "account-disabled"), ("stale", "old-pw", "password-changed"),
                                  ("appreq", lab.RIGHT, "app-password-required")):
        shown = {row["mta"]: row["reply"] for row in lab.cli_json("reasons", token)["replies"]}
        text = re.sub(r"\s+", " ", lab.cli("reasons", token))
        for mta in lab.MTAS:
            want = str(smtp.try_login(lab.where(mta), "PLAIN", user, password))
            got = shown.get(SHOWN[mta], "not there")
            tap.equal(neutral(got), neutral(want), "`reasons %s`: %s" % (token, SHOWN[mta]))
            tap.ok("%s %s" % (SHOWN[mta], got) in text, "and in plain words", text)


lab.unlock()
for function in (each_kind, app_passwords, locks, others, asked, kept, in_parallel, not_for_all, sudden_guests, explains,
                 tests, replies_of_mtas):
    tap.run(function)
lab.unlock()
tap.done()
