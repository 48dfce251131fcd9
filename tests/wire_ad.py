#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Active Directory domain (Samba): who reads what through stock Postfix, and who cannot.

Needs the lab (tests/lab up). First Samba's own answers, on which the tables of plugin/backend/ldap_state*
rest; then what becomes of them, for each of the three ways to name an account in a bind; then old
passwords, which only AD's count of failures tells of.
"""
import concurrent.futures
import datetime
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import ad
import lab
import smtp
import tap
from ad import OLD, OLDER, OLDEST, RIGHT, UNKNOWN, WRONG, at

FLOOR_MS = 150
DOMAIN_FORMS = {"userPrincipalName": "%s@ad.example.org", "DOMAIN\\name": "EXAMPLE\\%s"}


def ask(name, password, realm=ad.REALM, mech="PLAIN"):
    return smtp.try_login(lab.where("postfix"), mech, at(name, realm), password)


def told(name, password, token, what, realm=ad.REALM):
    reply = ask(name, password, realm)
    return tap.equal((reply.code, reply.token), ("535", token) if token else ("235", None), what,
                     repr(reply))


# --- what Samba says itself -----------------------------------------------------------------------


def raw():
    """The diagnostics of a simple bind; 52e is all that a wrong password is told."""
    for form, pattern in DOMAIN_FORMS.items():
        for name, data in ad.DATA.items():
            tap.equal(ad.bind(pattern % name, RIGHT), data,
                      "Samba, %s, right password, by %s" % (name, form))
    for name, data in ad.DATA.items():
        tap.equal(ad.bind(ad.dn(name), RIGHT), data, "Samba, %s, right password, by DN" % name)
        tap.equal(ad.bind(ad.dn(name), WRONG), "775" if name == "locked" else "52e",
                  "Samba, %s, wrong password" % name)


def raw_counting():
    """Of the old passwords the two latest do not count; neither does their time."""
    before = ad.counted("stale")
    tap.equal([ad.bind(ad.dn("stale"), old) for old in (OLD, OLDER)], ["52e", "52e"],
              "Samba: an old password is told what a wrong one is")
    tap.equal(ad.counted("stale"), before, "Samba: the two latest old passwords do not count")
    ad.bind(ad.dn("stale"), OLDEST)
    after = ad.counted("stale")
    tap.ok(after[0] == before[0] + 1 and after[1] > before[1], "Samba: an older one counts",
           before, after)
    with ad.Policy(lockoutThreshold=0):
        ad.bind(ad.dn("stale"), WRONG)
        tap.equal(ad.counted("stale"), after, "Samba: with lockout off nothing counts")
    found = ad.read(ad.dn("stale"), "badPwdCount", "badPasswordTime", "pwdLastSet",
                       "userAccountControl", "msDS-User-Account-Control-Computed",
                       who=ad.service())
    tap.equal(len(found), 6, "Samba: an account without rights of its own reads them all", found)


# --- every state ----------------------------------------------------------------------------------


def states(realm):
    """What each name reads with the right password and with a wrong one."""
    cases = [(name, password) for name in [*ad.NAMES, UNKNOWN] for password in (RIGHT, WRONG)]
    cases += [("stale", OLDEST), ("x" * 60, RIGHT), ("ok*", RIGHT), ("*", RIGHT), ("ok)(cn=*", RIGHT)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        replies = dict(zip(cases, pool.map(lambda case: ask(*case, realm), cases)))
    wants = {("ok", RIGHT): None, ("stale", RIGHT): None}
    wants.update({(name, RIGHT): token for name, token in ad.STATES.items()})
    for case, token in wants.items():
        reply = replies.pop(case)
        tap.equal((reply.code, reply.token), ("535", token) if token else ("235", None),
                  "%s: %s, right password" % (realm, case[0]), repr(reply))
        if token:
            tap.ok(str(reply).startswith("535 5.7.8 ") and reply.id,
                   "%s: %s: it is a 535 5.7.8 with an id" % (realm, case[0]), repr(reply))
    want = replies[UNKNOWN, WRONG].neutral
    tap.ok("[bad-credentials]" in want, realm + ": an unknown name reads bad-credentials", want)
    differ = ["%s with %s: %r" % (*case, reply) for case, reply in replies.items()
              if reply.neutral != want]
    tap.ok(not differ, "%s: all else reads the same octets but for the id" % realm, want, *differ)
    early = ["%s with %s: %.0f ms" % (*case, reply.ms) for case, reply in replies.items()
             if reply.ms < FLOOR_MS - 2]
    tap.ok(not early, realm + ": and not before the realm's floor", *early)


def ids():
    """The log has the precise reason of what was not told."""
    start = lab.Tail(lab.env["REASOND_LOG"])
    reply = ask("locked", RIGHT)
    line = start.wait(lambda line: "id=%s " % reply.id in line)
    tap.ok(line and "reason=account-locked" in line and "told=no" in line,
           "a lock of AD is in the log, and not in the reply", line, repr(reply))
    for password in (RIGHT, WRONG, OLD):
        tap.ok(password not in start.text(), "no password is in the log")


def mechanisms():
    """A directory that only judges can serve no challenge: all names read so."""
    replies = {ask(name, RIGHT, mech="CRAM-MD5").neutral for name in ("ok", "disabled", UNKNOWN)}
    tap.ok(len(replies) == 1 and "[mechanism-mismatch]" in next(iter(replies)),
           "CRAM-MD5 reads mechanism-mismatch, whoever asks", replies)
    for name, token in (("ok", None), ("disabled", "account-disabled")):
        reply = ask(name, RIGHT, mech="LOGIN")
        tap.equal(reply.token, token, "LOGIN, %s" % name, repr(reply))


def never_bound():
    """What looks like an app password, and no password at all, do not count in AD."""
    before = ad.counted("ok")
    for secret in ("abcd efgh ijkl mnop", "abcdefghijklmnop", ""):
        reply = ask("ok", secret)
        tap.equal(reply.code, "535", "%r does not log in" % secret, repr(reply))
    tap.equal(ad.counted("ok"), before, "they were not tried at Samba")


# --- old passwords --------------------------------------------------------------------------------


def anew():
    """A worker that has seen nothing yet, and accounts without failures."""
    ad.unlock()
    lab.unlock()
    lab.command("daemon", "stop")
    lab.command("daemon", "start")


def previous():
    anew()
    told("stale", OLD, "bad-credentials", "old password, before a failure was seen to count")
    told("stale", WRONG, "bad-credentials", "a failure of the same name")
    told("stale", OLD, "bad-credentials", "old password: that failure was of the same name")
    told("ok", WRONG, "bad-credentials", "a failure of another name")
    told("stale", OLD, "password-changed", "old password")
    told("stale", OLDER, "password-changed", "the one before it")
    told("stale", OLDEST, "bad-credentials", "an older one")
    told("stale", WRONG, "bad-credentials", "a wrong one")
    told("stale", RIGHT, None, "the right one")
    told("stale", OLD, "password-changed", "old password, after a login has set the count to 0")
    told("stale", WRONG, "bad-credentials", "a wrong one, after that")
    told("locked", OLD, "bad-credentials", "a locked account")
    told(UNKNOWN, OLD, "bad-credentials", "an unknown name")
    for realm in ad.REALMS[1:]:
        told("ok", WRONG, "bad-credentials", realm + ": a failure", realm)
        told("stale", WRONG, "bad-credentials", realm + ": a failure of another name", realm)
        told("stale", OLD, "password-changed", realm + ": old password", realm)


def date():
    """The reply says since when."""
    reply = ask("stale", OLD)
    changed = int(lab.env["LAB_STARTED"]) - 17 * 86400
    days = {datetime.datetime.fromtimestamp(changed, zone).strftime("%Y-%m-%d")
            for zone in (None, datetime.timezone.utc)}
    tap.ok(any(day in reply.text for day in days), "it says when the password was changed", days,
           repr(reply))
    states_too = {name: ask(name, WRONG).token for name in ad.STATES}
    tap.equal(set(states_too.values()), {"bad-credentials"},
              "a wrong password of no account looks like an old one", states_too)


def lapsed():
    """A count that began anew is 1 again, and no old password."""
    with ad.Policy(lockOutObservationWindow=-10**7):
        for number in (1, 2, 3):
            told("appreq", WRONG, "bad-credentials", "wrong password %d, the last one forgotten" % number)
            time.sleep(1.2)
        tap.equal(ad.counted("appreq")[0], 1, "the count has been 1 all the while")
        told("stale", OLD, "password-changed", "old password")


def lockout_off():
    """Then nothing counts: every guess would look like an old password."""
    anew()
    with ad.Policy(lockoutThreshold=0):
        for name, password in (("ok", WRONG), ("hours", WRONG), ("stale", OLD), ("stale", WRONG)):
            told(name, password, "bad-credentials", "lockout off: %s with %s" % (name, password))
    anew()


def own_policy():
    """The same where only a fine-grained policy says so."""
    entry = "CN=nolock,CN=Password Settings Container,CN=System," + ad.BASE
    told("ok", WRONG, "bad-credentials", "a failure")
    told("stale", OLD, "password-changed", "old password: counting has been seen")
    ad.add("""dn: %s
objectClass: msDS-PasswordSettings
msDS-PasswordSettingsPrecedence: 10
msDS-PasswordReversibleEncryptionEnabled: FALSE
msDS-PasswordHistoryLength: 24
msDS-PasswordComplexityEnabled: TRUE
msDS-MinimumPasswordLength: 7
msDS-MinimumPasswordAge: 0
msDS-MaximumPasswordAge: -9223372036854775808
msDS-LockoutThreshold: 0
msDS-LockoutObservationWindow: -18000000000
msDS-LockoutDuration: -18000000000
msDS-PSOAppliesTo: CN=app-passwords,%s
""" % (entry, lab.env["AD_PEOPLE"]))
    try:
        before = ad.counted("appreq")
        for _ in range(2):
            told("appreq", WRONG, "bad-credentials", "a policy without lockout: wrong password")
        tap.equal(ad.counted("appreq"), before, "which does not count there")
        told("appreq", RIGHT, "app-password-required", "a policy without lockout: right password")
    finally:
        ad.delete(entry)


ad.unlock()
lab.unlock()
tap.run(raw)
tap.run(raw_counting)
ad.unlock()
for each in ad.REALMS:
    tap.run(states, each)
    ad.unlock()
    lab.unlock()
for each in (ids, mechanisms, never_bound, previous, date, lapsed, lockout_off, own_policy):
    tap.run(each)
    ad.unlock()
    lab.unlock()
tap.done()
