#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""App passwords: made with the CLI, used through the MTAs, revoked, expired, out of place.

Needs the lab (tests/lab up). They are kept by the daemon (realm example.org) and in the entry of a real
slapd (realm app.ldap.example.org). Whoever cannot show the secret must not hear that there is one.
"""
import concurrent.futures
import datetime
import glob
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import slapd
import smtp
import tap
from auth import Closed, Peer, plain

SOCKET = lab.env["AUTH_SOCKET"]
RUN = "%x" % int(time.time())
UNKNOWN = "nobody-here"
KEEPER = "keeper@app.ldap.example.org"
INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.7"
# What no log and no file of the daemon may have.
secrets = []


def label(text):
    """Of this run alone: what was revoked stays in the list."""
    return "%s %s" % (text, RUN)


def add(user, name, *options):
    """A new app password: the CLI's object."""
    made = lab.cli_json("app-password", "add", user, "--label", label(name), *options)
    secrets.append(made["secret"])
    return made


def listed(user, which):
    """The one with this id, as `app-password list` has it; null if it is not there."""
    rows = lab.cli_json("app-password", "list", user)["app_passwords"]
    return next((row for row in rows if row["id"] == which), None)


def revoke(user, which):
    return lab.cli_json("app-password", "revoke", user, which)


def login(user, password, mta="postfix", mech="PLAIN", **more):
    return smtp.try_login(lab.where(mta), mech, user, password, **more)


def ask(user, password, *fields, service="smtp"):
    with Peer(SOCKET) as peer:
        return peer.ask(1, "PLAIN", plain(user, password), *fields, service=service)


def told(reply, token, name, *words):
    """535 5.7.8, this token, an id and these words in the text."""
    lacking = [word for word in words if word not in reply.text]
    return tap.ok(reply.code == "535" and reply.text.startswith("5.7.8 ") and reply.token == token
                  and not lacking, "%s: %s" % (name, token), repr(reply), *lacking)


def today():
    """In the daemon's time zone."""
    return datetime.datetime.now().strftime("%Y-%m-%d")


def spellings_of(secret):
    bare = secret.replace(" ", "")
    groups = [bare[at:at + 4] for at in range(0, 16, 4)]
    return {"as it was shown": secret, "without spaces": bare, "with dashes": "-".join(groups),
            "with tabs": "\t".join(groups), "in upper case": secret.upper(),
            "in mixed case, with odd spaces": " " + bare[:3].upper() + "  " + bare[3:] + " ",
            "letter by letter": " ".join(bare)}


# --- good ones ------------------------------------------------------------------------------------

def spellings():
    """However it is typed, through every MTA."""
    made = add("alice", "phone")
    tap.ok(re.fullmatch(r"[a-z]{4}( [a-z]{4}){3}", made["secret"]), "the secret is shown in groups of four",
           len(made["secret"]))
    tap.equal(made["label"], label("phone"), "and its label")
    for how, typed in spellings_of(made["secret"]).items():
        reply = login("alice", typed)
        tap.equal(reply.code, "235", "Postfix, PLAIN: the app password " + how, repr(reply))
    for mta in lab.MTAS:
        for mech in ("PLAIN", "LOGIN"):
            for tls in (False, True):
                reply = login("alice@example.org", made["secret"], mta, mech, tls=tls)
                tap.equal(reply.code, "235", "%s%s, %s: the app password" % (
                    mta, " with TLS" if tls else "", mech), repr(reply))
    tap.equal(login("alice", lab.RIGHT).code, "235", "the main password goes on where none is required")
    return made


def with_the_name(made):
    """The MTA is told the account's name, however the name was typed."""
    answer = ask(" ALICE@Example.ORG", made["secret"])
    tap.equal(answer.raw, "OK\t1\tuser=alice@example.org", "the name that the MTA gets")


def in_the_list(made):
    row = listed("alice", made["id"])
    end = time.monotonic() + 10
    while not row["used"] and time.monotonic() < end:
        time.sleep(0.2)
        row = listed("alice", made["id"])
    now = time.time()
    tap.ok(row["label"] == label("phone") and not row["revoked"] and not row["expires"] and
           row["services"] == [] and row["networks"] == [] and row["store"] == "sqlite",
           "the list has label and scope", row)
    tap.ok(now - 120 < row["created"] <= now + 1, "and when it was made", row, now)
    tap.ok(row["created"] - 1 <= row["used"] <= now + 1 and row["used_client"] == "127.0.0.1" and
           row["used_mechanism"] in ("PLAIN", "LOGIN"), "and the last use: when, whence, how", row, now)
    text = lab.cli("app-password", "list", "alice")
    tap.ok(label("phone") in text and made["id"] in text and "127.0.0.1" in text,
           "plain words have the same", text)
    bare = made["secret"].replace(" ", "")
    everything = text + str(lab.cli_json("app-password", "list", "alice"))
    tap.ok(made["secret"] not in everything and bare not in everything,
           "the secret is not shown again")


def once_a_minute():
    """A second use, of another client, within the same second or a few later."""
    made = add("alice", "often")
    for address, mech in ((INSIDE, "PLAIN"), (OUTSIDE, "LOGIN"), (OUTSIDE, "PLAIN")):
        tap.equal(login("alice", made["secret"], mech=mech, address=address).code, "235", "used from " + address)
    time.sleep(0.5)
    row = listed("alice", made["id"])
    tap.ok(time.time() - row["created"] >= 60 or (row["used_client"], row["used_mechanism"]) == (INSIDE, "PLAIN"),
           "a use is written once a minute at most: of three the first", row)
    revoke("alice", made["id"])


def several():
    """Each of many logs in, and each is its own."""
    made = [add("hashed", "device %d" % number) for number in range(50)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda one: login("hashed", one["secret"]).code, made))
    tap.equal(set(codes), {"235"}, "fifty of one account all log in", codes)
    tap.equal(len({one["secret"] for one in made}), 50, "no two are the same")
    revoke("hashed", made[7]["id"])
    codes = [login("hashed", made[number]["secret"]).code for number in (6, 7, 8)]
    tap.equal(codes, ["235", "535", "235"], "revoking one leaves the others")
    for one in made:
        if one is not made[7]:
            revoke("hashed", one["id"])


def required():
    """The main password, proven right, is told where to make one; a wrong one is not."""
    reply = login("appreq", lab.RIGHT)
    told(reply, "app-password-required", "the main password where an app password is needed",
         "https://example.org/mail")
    told(login("appreq", lab.WRONG), "bad-credentials", "a wrong password there")
    made = add("appreq", "laptop")
    reply = login("appreq", made["secret"])
    tap.equal(reply.code, "235", "the app password logs in there", repr(reply))
    told(login("appreq", lab.RIGHT), "app-password-required", "and the main password still does not")
    tap.equal(login("appreq", "abcd efgh ijkl mnop").code, "235", "that of the accounts file still does")
    rows = lab.cli_json("app-password", "list", "appreq")["app_passwords"]
    tap.ok(any(row["store"] == "backend" and row["label"] == "phone" for row in rows),
           "which the list has too", rows)
    revoke("appreq", made["id"])


# --- and others -----------------------------------------------------------------------------------

def wrong(made):
    """Sixteen letters that are nobody's, or another account's, are a wrong password."""
    bare = made["secret"].replace(" ", "")
    other = ("b" if bare[0] == "a" else "a") + bare[1:]
    cases = {"another letter": ("alice", other), "a letter less": ("alice", bare[:15]),
             "a letter more": ("alice", bare + "x"), "a digit in it": ("alice", bare[:4] + "1" + bare[4:]),
             "that of another account": ("hashed", bare), "one of no account": (UNKNOWN, bare)}
    want = login(UNKNOWN, lab.WRONG).neutral
    for what, (user, password) in cases.items():
        reply = login(user, password)
        told(reply, "bad-credentials", what)
        tap.equal(reply.neutral, want, what + ": as an unknown name with any password")
    lab.unlock("alice", "hashed", UNKNOWN)


def revoked():
    for which in ("label", "id"):
        made = add("alice", "by " + which)
        tap.equal(login("alice", made["secret"]).code, "235", "before it is revoked by %s it logs in" % which)
        done = revoke("alice", made[which])
        tap.ok(done["id"] == made["id"] and done["revoked"], "revoked by " + which, done)
        for how, typed in list(spellings_of(made["secret"]).items())[:3]:
            told(login("alice", typed), "app-password-revoked", "revoked by %s, %s" % (which, how),
                 label("by " + which), today())
        told(login(UNKNOWN, made["secret"]), "bad-credentials", "the same by a name that is not there")
        told(login("hashed", made["secret"]), "bad-credentials", "and by another account")
        lab.cli("app-password", "revoke", "alice", label("never made"), want=67)
    tap.equal(login("alice", lab.RIGHT).code, "235", "the account itself logs in")
    for mta in lab.MTAS:
        reply = login("alice", made["secret"], mta)
        if mta == "postfix_cyrus":
            tap.equal(reply.code, "535", mta + ": a revoked one does not log in")
        else:
            told(reply, "app-password-revoked", mta, label("by id"))
    row = listed("alice", made["id"])
    tap.ok(row and row["revoked"] >= row["created"], "the list keeps it", row)
    # The label is free again, and means the one in force.
    again = add("alice", "by id")
    tap.equal(revoke("alice", label("by id"))["id"], again["id"], "a label used again means the one in force")


def expired():
    made = add("alice", "of a day", "--expires", "1")
    tap.ok(86300 < made["expires"] - time.time() < 86500, "--expires 1: it ends in a day", made)
    revoke("alice", made["id"])
    # The CLI counts in days, which a test cannot wait for.
    soon = int(time.time()) + 4
    made = lab.ask_admin(command="app-password-add", user="alice", label=label("short"), expires=soon)
    secrets.append(made["secret"])
    tap.equal(made["expires"], soon, "the end is the one that was asked for", made)
    tap.equal(login("alice", made["secret"]).code, "235", "before its end it logs in")
    time.sleep(max(0, soon + 1.1 - time.time()))
    told(login("alice", made["secret"]), "app-password-expired", "after its end", label("short"), today())
    told(login(UNKNOWN, made["secret"]), "bad-credentials", "the same by a name that is not there")
    lab.cli("app-password", "add", "alice", "--label", label("past"), "--expires", "2020-01-01",
            want=64)


def networks():
    """Through stock Postfix, which lets this client be anywhere; through the others here, which is outside."""
    made = add("alice", "office", "--network", "192.0.2.0/24", "--network", "2001:db8:7::/48")
    tap.equal(made["networks"], ["192.0.2.0/24", "2001:db8:7::/48"], "its networks", made)
    told(login("alice", made["secret"]), "app-password-scope", "from outside its networks", label("office"))
    for address, good in ((INSIDE, True), (OUTSIDE, False), ("2001:db8:7::1", True), ("2001:db8:8::1", False)):
        reply = login("alice", made["secret"], address=address)
        if good:
            tap.equal(reply.code, "235", "from %s, which is inside" % address, repr(reply))
        else:
            told(reply, "app-password-scope", "from %s, which is outside" % address, label("office"))
    for mta in lab.MTAS[2:]:
        told(login("alice", made["secret"], mta), "app-password-scope", mta, label("office"))
    tap.ok(ask("alice", made["secret"], "rip=" + INSIDE).good, "auth socket, rip= inside")
    tap.equal(ask("alice", made["secret"], "rip=" + OUTSIDE).token, "app-password-scope",
              "auth socket, rip= outside")
    tap.equal(ask("alice", made["secret"]).token, "app-password-scope",
              "auth socket, from nowhere: in no network")
    told(login(UNKNOWN, made["secret"]), "bad-credentials", "the same by a name that is not there")
    revoke("alice", made["id"])
    told(login("alice", made["secret"]), "app-password-revoked", "revoked comes before out of place")


def services():
    made = add("alice", "reader", "--service", "imap")
    told(login("alice", made["secret"]), "app-password-scope", "SMTP with one for IMAP", label("reader"))
    tap.ok(ask("alice", made["secret"], service="imap").good, "IMAP with one for IMAP")
    both = add("alice", "both", "--service", "imap", "--service", "smtp")
    tap.equal(login("alice", both["secret"]).code, "235", "SMTP with one for both")
    for one in (made, both):
        revoke("alice", one["id"])


def renamed():
    made = add("alice", "old name")
    lab.cli("app-password", "rename", "alice", label("old name"), label("new name"))
    tap.equal(listed("alice", made["id"])["label"], label("new name"), "renamed")
    tap.equal(login("alice", made["secret"]).code, "235", "renamed, it logs in")
    other = add("alice", "taken")
    lab.cli("app-password", "rename", "alice", label("new name"), label("taken"), want=64)
    tap.equal(listed("alice", made["id"])["label"], label("new name"), "not to a label that is taken")
    for one in (made, other):
        revoke("alice", one["id"])
    told(login("alice", made["secret"]), "app-password-revoked", "and then revoked", label("new name"))


def refused():
    """What the CLI says no to, with its exit status."""
    lab.cli("app-password", "add", UNKNOWN, "--label", "x", want=67)
    lab.cli("app-password", "add", "moved@memory.example.org", "--label", "x", want=78)
    lab.cli("app-password", "add", "alice", "--label", "", want=64)
    lab.cli("app-password", "add", "alice", "--label", "x" * 100, want=64)
    lab.cli("app-password", "add", "alice", "--label", label("x"), "--network", "192.0.2.0/99", want=64)
    tap.ok(True, "unknown account 67, realm without app passwords 78, bad label or network 64")


# --- across restarts ------------------------------------------------------------------------------

def kept(made):
    gone = add("alice", "gone")
    revoke("alice", gone["id"])
    lab.command("daemon", "stop")
    lab.command("daemon", "start")
    tap.equal(login("alice", made["secret"]).code, "235", "after a restart it logs in")
    told(login("alice", gone["secret"]), "app-password-revoked", "and what was revoked stays so",
         label("gone"))


# --- what ends soon -----------------------------------------------------------------------------

def expiring():
    """Whose password or app password ends soon is let in; the log says so once a day, `status` counts each."""
    password = slapd.at("expiring")
    app = "hashed@example.org"
    made = add(app, "for days", "--expires", "3")
    # What another test has had said today does not count for a new worker.
    lab.command("daemon", "stop")
    lab.command("daemon", "start")
    # Both end in three days, less what has passed since then.
    for user, secret, words in ((password, slapd.RIGHT, r'what=password days=2$'),
                                (app, made["secret"], r'what="app password" label="%s" days=[23]$' % label("for days"))):
        before = lab.cli_json("status")["counters"]["expiring"]
        tail = lab.Tail(lab.env["REASOND_LOG"])
        for _ in range(2):
            tap.equal(login(user, secret).code, "235", "%s logs in, which ends soon" % user)
        tap.equal(lab.cli_json("status")["counters"]["expiring"], before + 2, "%s: `status` counts both" % user)
        login("alice", lab.RIGHT)
        tail.wait(lambda line: "user=alice@example.org" in line)
        lines = [line for line in tail.text().splitlines()
                 if re.search(" expiring id=[A-Z0-9]{8} user=%s " % user, line)]
        tap.ok(len(lines) == 1 and re.search(words, lines[0]), "%s: the log says it once" % user, *lines)
    before = lab.cli_json("status")["counters"]["expiring"]
    tap.equal(login("hashed", lab.RIGHT).code, "235", "its main password, which does not end")
    tap.equal(lab.cli_json("status")["counters"]["expiring"], before, "does not count")
    revoke(app, made["id"])


# --- in the directory -----------------------------------------------------------------------------

def values(user="keeper"):
    """Those of the entry, as the service reads them."""
    done = subprocess.run(
        ["ldapsearch", "-LLL", "-x", "-o", "ldif-wrap=no", "-H", lab.env["LDAP_URI"],
         "-D", lab.env["LDAP_KEEP_DN"], "-y", lab.env["LDAP_KEEP_PASSWORD_FILE"],
         "-s", "base", "-b", "uid=%s,%s" % (user, lab.env["LDAP_BASE"]), "saslReasonAppPassword"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=20)
    return re.findall(r"^saslReasonAppPassword:+ (.*)$", done.stdout, re.M)


def in_the_entry():
    told(login(KEEPER, slapd.RIGHT), "app-password-required", "directory: the main password")
    before = len(values())
    made = add(KEEPER, "phone")
    tap.equal(made["store"], "directory", "directory: kept in the entry", made)
    found = values()
    tap.equal(len(found), before + 1, "directory: one value more", *found)
    bare = made["secret"].replace(" ", "")
    tap.ok(not any(piece in value.lower() for value in found
                   for piece in (bare, made["secret"], "-".join(made["secret"].split()))),
           "directory: the secret is not in it", *found)
    tap.ok(any(re.match(r"%s\$\d+\$0\$0\$[^$]*\$[^$]*\$[0-9a-f]{64}\$" % made["id"], value) for value in found),
           "directory: but id, times and a keyed hash", *found)
    log = slapd.Log()
    for how, typed in spellings_of(made["secret"]).items():
        reply = login(KEEPER, typed)
        tap.equal(reply.code, "235", "directory, Postfix: the app password " + how, repr(reply))
    tap.equal(log.binds(), [], "directory: it is never tried as a bind")
    for mta in lab.MTAS[1:]:
        tap.equal(login(KEEPER, made["secret"], mta).code, "235", "directory, %s: it logs in" % mta)
    told(login("ok@app.ldap.example.org", made["secret"]), "bad-credentials", "directory: by another account")
    told(login("nobody-here@app.ldap.example.org", made["secret"]), "bad-credentials", "directory: by no account")
    lab.unlock()
    return made


def of_the_entry(made):
    """Scope, end, names and revocation are the same as in our own store."""
    row = listed(KEEPER, made["id"])
    tap.ok(row and row["label"] == label("phone") and row["store"] == "directory", "directory: the list has it", row)
    office = add(KEEPER, "office", "--network", "192.0.2.0/24")
    told(login(KEEPER, office["secret"]), "app-password-scope", "directory: from outside", label("office"))
    tap.equal(login(KEEPER, office["secret"], address=INSIDE).code, "235", "directory: from inside")
    reader = add(KEEPER, "reader", "--service", "imap")
    told(login(KEEPER, reader["secret"]), "app-password-scope", "directory: one for IMAP", label("reader"))
    lab.cli("app-password", "rename", KEEPER, label("phone"), label("new phone"))
    tap.equal(listed(KEEPER, made["id"])["label"], label("new phone"), "directory: renamed")
    tap.equal(login(KEEPER, made["secret"]).code, "235", "directory: renamed, it logs in")
    revoke(KEEPER, label("new phone"))
    told(login(KEEPER, made["secret"]), "app-password-revoked", "directory: revoked by label", label("new phone"),
         today())
    tap.equal(login(KEEPER, office["secret"], address=INSIDE).code, "235", "directory: the others stay")
    revoke(KEEPER, office["id"])
    told(login(KEEPER, office["secret"], address=INSIDE), "app-password-revoked", "directory: revoked by id")
    revoke(KEEPER, reader["id"])
    tap.ok(all(re.match(r"[^$]+\$\d+\$\d+\$[1-9]\d*\$", value) for value in values()),
           "directory: what was revoked stays in the entry", *values())


def directory_away(made):
    """An app password that cannot be looked up is no wrong one, and none is made then."""
    lab.command("ldap", "stop")
    try:
        try:
            answer = ask(KEEPER, made["secret"])
            tap.ok(False, "directory away: 454", answer)
        except Closed:
            tap.ok(True, "directory away: no answer, which a mail server makes a 454")
        lab.cli("app-password", "add", KEEPER, "--label", label("never"), want=75)
        lab.cli("app-password", "list", KEEPER, want=75)
    finally:
        lab.command("ldap", "start")
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            if ask("ok@app.ldap.example.org", slapd.RIGHT).good:
                break
        except Closed:
            pass
        time.sleep(0.2)
    told(login(KEEPER, made["secret"]), "app-password-revoked", "directory back: as before")


# --- nowhere --------------------------------------------------------------------------------------

def no_secrets(log):
    """No log and no file of the daemon has a secret that was made here, however it was typed."""
    bare = [one.replace(" ", "") for one in secrets]
    pattern = re.compile("|".join(r"[-\s]*".join(one) for one in bare), re.I)
    tap.equal(pattern.findall(log.text()), [], "the daemon's log has none of %d secrets" % len(secrets))
    octets = re.compile(pattern.pattern.encode(), re.I)
    files = glob.glob(os.path.join(lab.env["STATE_DIRECTORY"], "*"))
    tap.ok(any(path.endswith("credentials.sqlite") for path in files), "the state directory has its file", *files)
    for path in files + [lab.log_of(mta) for mta in lab.MTAS]:
        with open(path, "rb") as file:
            found = octets.search(file.read())
        tap.ok(not found, os.path.basename(path) + " has none of them", found)
    modes = ["%s %o" % (path, os.stat(path).st_mode & 0o777) for path in files if os.stat(path).st_mode & 0o77]
    tap.equal(modes, [], "nobody else may read the state")


daemon_log = lab.Tail(lab.env["REASOND_LOG"])
lab.unlock()
phone = tap.run(spellings)
for function in (with_the_name, in_the_list, wrong):
    tap.run(function, phone)
for function in (once_a_minute, several, required, revoked, expired, networks, services, renamed, refused):
    tap.run(function)
tap.run(kept, phone)
tap.run(expiring)
kept_phone = tap.run(in_the_entry)
tap.run(of_the_entry, kept_phone)
tap.run(directory_away, kept_phone)
lab.unlock()
tap.run(revoke, "alice", phone["id"])
tap.run(no_secrets, daemon_log)
tap.done()
