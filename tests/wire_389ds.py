#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""389 Directory Server and FreeIPA: who reads what through stock Postfix, and who cannot.

Needs the lab (tests/lab up). Realm ds.example.org is a real 389 Directory Server, Debian's. FreeIPA does
not run here: realm ipa.example.org is tests/lib/replay_ldap.py with the entries of a FreeIPA server, and
the answers that the plugins in its daemons/ipa-slapi-plugins give, byte for byte, line end included.

Both look at locks before they look at the password: such a state proves nothing, and reads bad-credentials
with either password. The log has it precisely.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import smtp
import tap
from replay_ldap import Answer, Directory, Server

RIGHT, WRONG, OLD = "Right-Passw0rd!", "Wrong-Passw0rd!", "Old-Passw0rd!"
UNKNOWN = "nobody-here"
DS, IPA = "ds.example.org", "ipa.example.org"
EXPIRED = "2.16.840.1.113730.3.4.4"
# {name: token with the right password}; None: it logs in.
DS_STATES = {
    "ok": None, "expiring": None, "lockover": None, "resetlock": None, "stale": None,
    "pwexpired": "password-expired", "mustchange": "password-must-change",
    "appreq": "app-password-required", "locked": "bad-credentials", "disabled": "bad-credentials",
}
IPA_STATES = {
    "ok": None, "unlocked": None, "grace": None,
    "pwexpired": "password-expired", "expiredtoo": "password-expired",
    "mustchange": "password-must-change", "appreq": "app-password-required",
    "locked": "bad-credentials", "lockedforever": "bad-credentials", "disabled": "bad-credentials",
    "acctexpired": "bad-credentials", "nograce": "bad-credentials",
}
# What the log calls what was not told.
HIDDEN = {"locked": "account-locked", "lockedforever": "account-locked",
          "disabled": "account-disabled", "acctexpired": "account-expired"}


def ask(name, password, realm):
    return smtp.try_login(lab.where("postfix"), "PLAIN", "%s@%s" % (name, realm), password)


def states(realm, wanted, *more):
    """Every state with the right password, and all that proves nothing, octet by octet."""
    cases = [(name, password) for name in [*wanted, UNKNOWN] for password in (RIGHT, WRONG)]
    start = lab.Tail(lab.env["REASOND_LOG"])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        replies = dict(zip(cases + list(more), pool.map(lambda case: ask(*case, realm),
                                                        cases + list(more))))
    for name, token in wanted.items():
        reply = replies[name, RIGHT]
        tap.equal((reply.code, reply.token), ("535", token) if token else ("235", None),
                  "%s: %s, right password" % (realm, name), repr(reply))
        if name in HIDDEN:
            line = start.wait(lambda line: "id=%s " % reply.id in line) or ""
            tap.ok("reason=%s " % HIDDEN[name] in line and "told=no" in line,
                   "%s: %s: the log has the reason" % (realm, name), line)
    silent = [case for case in replies if case[1] != RIGHT or
              wanted.get(case[0], "bad-credentials") == "bad-credentials"]
    want = replies[UNKNOWN, WRONG].neutral
    tap.ok("[bad-credentials]" in want, realm + ": an unknown name reads bad-credentials", want)
    differ = ["%s with %s: %r" % (*case, replies[case]) for case in silent
              if replies[case].neutral != want]
    tap.ok(not differ, "%s: %d replies are the same octets but for the id" % (realm, len(silent)),
           want, *differ)


# --- 389 Directory Server -------------------------------------------------------------------------


def whoami(name, password):
    """(result code, text, ppolicy's words, the control "password expired") of a bind."""
    done = subprocess.run(
        ["ldapwhoami", "-v", "-x", "-e", "ppolicy", "-H", lab.env["DS_URI"],
         "-D", "uid=%s,%s" % (name, lab.env["DS_BASE"]), "-w", password],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
    said = done.stdout + done.stderr
    bound = re.search(r"ldap_bind: [^(]*\((\d+)\)(?:; ([^(\n]*[^( \n]))?", said)
    more = re.search(r"additional info: (.*)", said)
    return (int(bound[1]) if bound else 0, more[1] if more else "",
            bound[2] or "" if bound else "", EXPIRED in said)


def raw():
    """The server's own answers, on which plugin/backend/ldap_state_bind.c rests."""
    wrong = (49, "", "", False)
    inactive = (53, "Account inactivated. Contact system administrator.", "Account locked", False)
    retry = (19, "Exceed password retry limit. Please try later.", "Account locked", False)
    rows = {
        "ok": ((0, "", "", False), wrong), "lockover": ((0, "", "", False), wrong),
        "resetlock": ((0, "", "", False), wrong),
        "pwexpired": ((49, "password expired!", "Password expired", True), wrong),
        "mustchange": ((0, "", "Password must be changed", True), wrong),
        "locked": (retry, retry), "disabled": (inactive, inactive), UNKNOWN: (wrong, wrong),
    }
    for name, (right, other) in rows.items():
        tap.equal(whoami(name, RIGHT), right, "389-DS, %s, right password" % name)
        tap.equal(whoami(name, WRONG), other, "389-DS, %s, wrong password" % name)


def modify(name, attribute, value):
    subprocess.run(
        ["ldapmodify", "-x", "-H", lab.env["DS_URI"], "-D", "cn=Directory Manager",
         "-y", lab.env["DS_ADMIN_PASSWORD_FILE"]],
        input="dn: uid=%s,%s\nchangetype: modify\nreplace: %s\n%s: %s\n"
        % (name, lab.env["DS_BASE"], attribute, attribute, value),
        capture_output=True, text=True, check=True, timeout=20)


def forget():
    """The wrong passwords of earlier runs."""
    for name in DS_STATES:
        if name != "locked":
            modify(name, "passwordRetryCount", 0)


def stale():
    """An old password, from passwordHistory, which the service may read here."""
    reply = ask("stale", OLD, DS)
    tap.equal(reply.token, "password-changed", DS + ": stale, old password", repr(reply))
    tap.equal(whoami("stale", OLD)[:2], (49, ""), "389-DS says no more of it than of a wrong one")


# --- FreeIPA, replayed ----------------------------------------------------------------------------

ROOT = "dc=ipa,dc=example,dc=org"
USERS = "cn=users,cn=accounts," + ROOT
POLICY = "cn=global_policy,cn=IPA.EXAMPLE.ORG,cn=kerberos," + ROOT
SERVICE = "uid=sasl-reason,cn=sysaccounts,cn=etc," + ROOT
IN = Answer(0)


def at(seconds):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))


def before(answer):
    """Said before the password is looked at."""
    return {RIGHT: answer, None: answer}


DAY = 86400
# Changed attributes of an entry, and the answers to binds: {password: Answer}.
IPA_ACCOUNTS = {
    "ok": ({}, {RIGHT: IN}),
    # An expired password binds by default, so that it can be changed.
    "pwexpired": ({"krbPasswordExpiration": at(-DAY)}, {RIGHT: IN}),
    "mustchange": ({"krbPasswordExpiration": at(-60), "krbLastPwdChange": at(-60)}, {RIGHT: IN}),
    "appreq": ({"memberOf": "cn=app-passwords,cn=groups,cn=accounts," + ROOT}, {RIGHT: IN}),
    "unlocked": ({"krbLoginFailedCount": 6, "krbLastFailedAuth": at(-60),
                  "krbLastAdminUnlock": at(-30)}, {RIGHT: IN}),
    # ipa-lockout
    "locked": ({"krbLoginFailedCount": 6, "krbLastFailedAuth": at(-60)},
               before(Answer(53, "Too many failed logins.\n"))),
    "lockedforever": ({"krbLoginFailedCount": 6, "krbLastFailedAuth": at(-60)},
                      before(Answer(53, "Entry permanently locked.\n"))),
    # 389-DS itself
    "disabled": ({"nsAccountLock": "TRUE"},
                 before(Answer(53, "Account inactivated. Contact system administrator.", 1))),
    # ipa-pwd-extop
    "acctexpired": ({"krbPrincipalExpiration": at(-DAY)},
                    before(Answer(53, "Account (Kerberos principal) is expired"))),
    # ipa-graceperiod
    "nograce": ({"krbPasswordExpiration": at(-DAY)},
                before(Answer(49, "Password is expired.\n", 0))),
    # Some releases, without a limit of grace logins: it binds, and that is said to a wrong password too.
    "expiredtoo": ({"krbPasswordExpiration": at(-DAY)},
                   {RIGHT: Answer(0, controls=[(EXPIRED, "0")]),
                    None: Answer(49, controls=[(EXPIRED, "0")])}),
    # It counts and tells the grace login before anybody has looked at the password.
    "grace": ({"krbPasswordExpiration": at(-DAY)},
              {RIGHT: Answer(0, grace=3, controls=[(EXPIRED, "0")]),
               None: Answer(49, grace=3, controls=[(EXPIRED, "0")])}),
}


def freeipa():
    entries = {
        "": {"objectClass": ["top"], "defaultNamingContext": [ROOT]},
        POLICY: {"objectClass": ["krbPwdPolicy"], "cn": ["global_policy"], "krbMaxPwdLife": [90 * DAY],
                 "krbPwdMaxFailure": [6], "krbPwdLockoutDuration": [600]},
    }
    with open(lab.env["DS_SERVICE_PASSWORD_FILE"], encoding="ascii") as file:
        binds = {(SERVICE, file.read()): IN}
    for name, (attributes, answers) in IPA_ACCOUNTS.items():
        dn = "uid=%s,%s" % (name, USERS)
        entries[dn] = {
            "objectClass": ["posixAccount", "krbPrincipalAux", "krbTicketPolicyAux"], "uid": [name],
            "krbPrincipalName": [name + "@IPA.EXAMPLE.ORG"], "krbPwdPolicyReference": [POLICY],
            "krbPasswordExpiration": [at(80 * DAY)], "krbLastPwdChange": [at(-10 * DAY)],
            **{key: [value] for key, value in attributes.items()}}
        binds.update({(dn, password): answer for password, answer in answers.items()})
    with Server(lab.env["DS_REPLAY"], Directory(entries, binds)):
        deadline = time.monotonic() + 10
        while ask("ok", RIGHT, IPA).code != "235" and time.monotonic() < deadline:
            time.sleep(0.2)
        states(IPA, IPA_STATES)


lab.unlock()
forget()
tap.run(raw)
forget()
tap.run(states, DS, DS_STATES, ("stale", "x"))
tap.run(stale)
forget()
tap.run(freeipa)
tap.done()
