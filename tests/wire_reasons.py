#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every account state, through every MTA and mechanism, with and without TLS: who reads what.

Needs the lab (tests/lab up). Refusals that must not differ are compared octet by octet.
"""
import concurrent.futures
import datetime
import itertools
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import smtp
import tap

FLOOR_MS = 150
MODES = [("PLAIN", True), ("PLAIN", False), ("LOGIN", False), ("LOGIN", True), ("CRAM-MD5", False),
         ("SCRAM-SHA-256", True), ("SCRAM-SHA-256", False)]
# What a proven state tells.
STATES = {
    "appreq": "app-password-required", "disabled": "account-disabled",
    "expired": "account-expired", "pwexpired": "password-expired",
    "mustchange": "password-must-change", "oauth": "oauth2-required", "nosend": "service-disabled",
}
# Secrets that a challenge mechanism can use.
USABLE = {"CRAM-MD5": {"alice", "nosend", "locked"},
          "SCRAM-SHA-256": {"alice", "nosend", "oauth", "locked"}}
# The names of example.org of which nothing may be told without the right password.
NAMES = ["alice", "hashed", "stale", "locked", "nobody-here", *STATES]
CYRUS = {
    "account-disabled": "account disabled", "account-expired": "account disabled",
    "password-expired": "passphrase expired, has to be reset",
    "password-must-change": "passphrase expired, has to be reset",
    "service-disabled": "authorization failure",
}
numbers = itertools.count(1)
PREFIX = {"postfix": "5.7.8 Error: authentication failed: ", "exim": "5.7.8 ",
          "exim_patched": "5.7.8 ", "sendmail": "5.7.8 "}
# What a text has to say besides its token (DESIGN section 4).
WORDS = {
    "bad-credentials": ["not accepted", "app password"],
    "mechanism-mismatch": ["PLAIN", "LOGIN", "CRAM-MD5|SCRAM-SHA-256", "will not help"],
    "credentials-or-mechanism": ["PLAIN", "LOGIN", "CRAM-MD5|SCRAM-SHA-256", "TLS"],
    "app-password-required": ["app password", "https://example.org/mail"],
    "oauth2-required": ["OAuth2"],
    "account-disabled": ["postmaster@example.org"],
}


def plaintext(mech):
    return mech in ("PLAIN", "LOGIN")


def carries(mta, mech, initial):
    """Whether this MTA shows our text there."""
    return mta not in ("postfix_cyrus", "exim") or mta == "exim" and mech == "PLAIN" and initial


def wrong_with(mta, mech, initial, reply, token):
    """What is wrong with a refusal for this reason; an empty text if nothing."""
    if reply.code != "535":
        return "code %s" % reply.code
    if mta == "postfix_cyrus":
        want = "5.7.8 Error: authentication failed: " + CYRUS.get(token, "authentication failure")
        return "" if reply.text == want else "not the fixed text of its code"
    if not carries(mta, mech, initial):
        return "" if reply.lines == ["535 Incorrect authentication data"] else "not Exim's own text"
    if reply.token != token:
        return "token %s" % reply.token
    if not reply.text.startswith(PREFIX[mta]):
        return "it does not begin with %r" % PREFIX[mta]
    if max(map(len, reply.lines)) > 510 or re.search(r"[^ -~]", reply.text):
        return "longer than 512 octets, or not printable"
    lacking = [word for word in WORDS.get(token, []) if not re.search(word, reply.text)]
    return "it does not say " + ", ".join(lacking) if lacking else ""


class Path:
    """One MTA with one mechanism, with or without TLS: what it answers to all the cases."""

    def __init__(self, mta, tls, mech, initial):
        self.mta, self.tls, self.mech, self.initial = mta, tls, mech, initial
        self.name = "%s%s, %s%s" % (mta, " with TLS" if tls else "", mech,
                                    " at once" if initial and mech != "CRAM-MD5" else "")
        self.replies = {}
        # Each from an address of its own, so that the failures of all do not lock the names.
        self.source = "127.0.1.%d" % next(numbers)

    def ask(self, case):
        user, password = case
        try:
            self.replies[case] = smtp.try_login(lab.where(self.mta), self.mech, user, password,
                                                self.tls, self.initial, source=self.source)
        except Exception as error:  # reported where the case is looked at
            self.replies[case] = smtp.Reply(["000 %s: %s" % (type(error).__name__, error)])

    def cases(self):
        right = [(user, lab.RIGHT) for user in NAMES]
        wrong = [(user, lab.WRONG) for user in NAMES]
        realm = [(user + "@hashed.example.org", password)
                 for user in ("bob", "nobody-here") for password in (lab.RIGHT, lab.WRONG)]
        more = [("stale", "old-pw"), ("appreq", "abcd efgh ijkl mnop"),
                ("appreq", "abcdefghijklmnop"), ("bob", lab.RIGHT),
                ("nobody-here@nowhere.example.net", lab.RIGHT)]
        return right + wrong + realm + more

    def proves(self, user):
        return plaintext(self.mech) or user in USABLE[self.mech]

    def faults(self, wants):
        """Of {case: token, or None for a login}: lines about those that are not so."""
        lines = []
        for case, token in wants.items():
            reply = self.replies[case]
            if token is None:
                fault = "" if reply.code == "235" else "no login"
            else:
                fault = wrong_with(self.mta, self.mech, self.initial, reply, token)
            if fault:
                lines.append("%s with %s, wanted %s: %s: %r" % (*case, token or 235, fault, reply))
        return lines

    # --- results ----------------------------------------------------------------------------------

    def logins(self):
        wants = {("alice", lab.RIGHT): None}
        if plaintext(self.mech):
            for case in (("hashed", lab.RIGHT), ("stale", lab.RIGHT),
                         ("appreq", "abcd efgh ijkl mnop"), ("appreq", "abcdefghijklmnop"),
                         ("bob@hashed.example.org", lab.RIGHT)):
                wants[case] = None
        faults = self.faults(wants)
        tap.ok(not faults, self.name + ": who may log in does", *faults)

    def proven(self):
        wants = {(user, lab.RIGHT): token for user, token in STATES.items() if self.proves(user)}
        if plaintext(self.mech):
            wants["stale", "old-pw"] = "password-changed"
        faults = self.faults(wants)
        tap.ok(not faults, self.name + ": the right password is told the state", *faults)

    def uniform(self):
        """All that proves nothing gets one and the same reply."""
        token = "bad-credentials" if plaintext(self.mech) else "credentials-or-mechanism"
        cases = [(user, lab.WRONG) for user in NAMES]
        cases += [("locked", lab.RIGHT), ("nobody-here", lab.RIGHT), ("bob", lab.RIGHT),
                  ("nobody-here@nowhere.example.net", lab.RIGHT)]
        if not plaintext(self.mech):
            cases += [(user, lab.RIGHT) for user in NAMES if not self.proves(user)]
            cases += [("stale", "old-pw"), ("appreq", "abcdefghijklmnop")]
        faults = self.faults(dict.fromkeys(cases, token))
        tap.ok(not faults, "%s: what proves nothing is told %s" % (self.name, token), *faults)
        want = self.replies["nobody-here", lab.WRONG].neutral
        differ = ["%s with %s: %r" % (*case, self.replies[case]) for case in cases
                  if self.replies[case].neutral != want]
        tap.ok(not differ, self.name + ": these replies differ in their ids alone",
               "nobody-here: %r" % want, *differ)
        if token in ("bad-credentials", "credentials-or-mechanism"):
            early = ["%s with %s: %r" % (*case, self.replies[case]) for case in cases
                     if getattr(self.replies[case], "ms", 0) < FLOOR_MS - 2]
            tap.ok(not early, "%s: none leaves before the floor of %d ms" % (self.name, FLOOR_MS),
                   *early)

    def hashed_realm(self):
        bob, nobody = "bob@hashed.example.org", "nobody-here@hashed.example.org"
        cases = [(bob, lab.WRONG), (nobody, lab.WRONG), (nobody, lab.RIGHT)]
        token = "bad-credentials"
        if not plaintext(self.mech):
            cases.append((bob, lab.RIGHT))
            token = "mechanism-mismatch"
        # This realm has no app passwords, so its bad-credentials does not speak of them.
        faults = [fault for fault in self.faults(dict.fromkeys(cases, token))
                  if "does not say app password" not in fault]
        tap.ok(not faults, "%s: the realm of hashes tells %s" % (self.name, token), *faults)
        replies = {self.replies[case].neutral for case in cases}
        tap.ok(len(replies) == 1, self.name + ": the same to every name there", *replies)

    def dates(self):
        """stale with its old password reads when it was changed: 17 days before the lab."""
        if not plaintext(self.mech) or not carries(self.mta, self.mech, self.initial):
            return
        changed = int(lab.env["LAB_STARTED"]) - 17 * 86400
        days = {datetime.datetime.fromtimestamp(changed, zone).strftime("%Y-%m-%d")
                for zone in (None, datetime.timezone.utc)}
        reply = self.replies["stale", "old-pw"]
        tap.ok(any(day in reply.text for day in days), self.name + ": the date of the change",
               "wanted: %s" % days, repr(reply))

    def scram(self):
        if not self.mech.startswith("SCRAM"):
            return
        good = self.replies["alice", lab.RIGHT].scram
        tap.ok(good and good.verified, self.name + ": the server proves that it knows alice")
        last = {user: getattr(self.replies[user, lab.WRONG], "scram", None) for user in NAMES}
        faults = [user for user, scram in last.items() if not scram or not scram.salt]
        tap.ok(not faults, self.name + ": every name gets to the last step", *faults)
        shapes = {user: (scram.iterations, len(scram.salt)) for user, scram in last.items()
                  if scram and scram.salt}
        tap.ok(len(set(shapes.values())) == 1, self.name + ": all salts are of one kind", shapes)

    def report(self):
        for look in (self.logins, self.proven, self.uniform, self.hashed_realm, self.dates,
                     self.scram):
            tap.run(look)


def ask_all(paths):
    """Some paths at a time: the failures of all of them would lock the names for everybody."""
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for first in range(0, len(paths), 14):
            lab.unlock()
            list(pool.map(lambda job: job[0].ask(job[1]),
                          [(path, case) for path in paths[first:first + 14] for case in path.cases()]))
    lab.unlock()


def salts(paths):
    """Each name has one salt, whatever the way and however it is written."""
    seen = {}
    for path in paths:
        for (user, _), reply in path.replies.items():
            if getattr(reply, "scram", None) and reply.scram.salt:
                seen.setdefault(user, set()).add(reply.scram.salt)
    faults = ["%s: %s" % item for item in seen.items() if len(item[1]) != 1]
    tap.ok(seen and not faults, "each name has one SCRAM salt, tried in any way", *faults)
    for name in ("alice", "nobody-here"):
        lab.unlock()
        for other in (name.upper() + "@Example.ORG", " " + name, name + "@example.org"):
            reply = smtp.try_login(lab.where("sendmail"), "SCRAM-SHA-256", other, lab.WRONG)
            tap.equal({reply.scram.salt}, seen[name], "the salt of %r is that of %s" % (other, name))
    firsts = [next(iter(salt)) for salt in seen.values()]
    tap.equal(len(set(firsts)), len(firsts), "no two names have the same salt")


def one_text(paths):
    """Every MTA that carries our text carries the same one."""
    texts = {}
    for path in paths:
        if carries(path.mta, path.mech, path.initial):
            for case, reply in path.replies.items():
                if reply.token:
                    text = smtp.TOKEN.sub("", reply.text[len(PREFIX[path.mta]):])
                    texts.setdefault((path.mech, case), set()).add(text)
    faults = ["%s: %s" % item for item in texts.items() if len(item[1]) != 1]
    tap.ok(texts and not faults, "all MTAs carry the same texts", *faults)


def ids(paths):
    found = [reply.id for path in paths for reply in path.replies.values() if reply.id]
    tap.equal(len(set(found)), len(found), "no incident id comes twice in %d" % len(found))
    log = log_start.text()
    missing = set(found) - set(re.findall(r" id=([A-Z0-9]{8}) ", log))
    tap.ok(not missing, "each is in the daemon's log", *missing)
    return log


def log_lines(log):
    line = next((line for line in log.splitlines() if "reason=app-password-required" in line), "")
    for word in ("outcome=refuse", "told=yes", "user=appreq@example.org", "mech=", "proof=current",
                 "client=127.0.1.", "backend=accounts", "ms="):
        tap.ok(word in line, "the line of a decision has " + word, line)
    line = next((line for line in log.splitlines() if "reason=account-locked" in line), "")
    tap.ok("told=no said=" in line, "a lock that is not told is in the log", line)
    secrets = [line for line in log.splitlines()
               if re.search("right-pw|wrong-pw|old-pw|abcd ?efgh", line)]
    tap.ok(not secrets, "no password is in the log", *secrets[:3])


log_start = lab.Tail(lab.env["REASOND_LOG"])
all_paths = [Path(mta, tls, *mode) for mta in lab.MTAS for tls in (False, True) for mode in MODES]
ask_all(all_paths)
for each in all_paths:
    each.report()
tap.run(salts, all_paths)
tap.run(one_text, all_paths)
log_lines(ids(all_paths))
tap.done()
