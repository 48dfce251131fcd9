#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who the MTA thinks has logged in: one canonical name by every way, and nobody who did not.

Needs the lab (tests/lab up).
"""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import smtp
import tap

WRITTEN = ["alice", "ALICE@Example.ORG", " alice", "alice@example.org "]
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]
CANONICAL = "alice@example.org"


# --- the name in each MTA's own records -----------------------------------------------------------

def postfix_name(mta, send):
    tail = lab.Tail(lab.log_of(mta))
    send()
    line = tail.wait(lambda line: "sasl_username=" in line and "client=" in line)
    return line and re.search(r"sasl_username=(.*?)(?:, sasl_sender=.*)?$", line).group(1)


def exim_name(mta, send):
    tail = lab.Tail(lab.log_of(mta))
    send()
    line = tail.wait(lambda line: " <= " in line and " A=" in line)
    return line and re.search(r" A=\w+:(\S*)", line).group(1)


def sendmail_name(mta, send):
    tail = lab.Tail(lab.log_of(mta))
    send()
    line = tail.wait(lambda line: "AUTH=server" in line)
    return line and re.search(r"authid=(.*?), mech=", line).group(1)


NAME_OF = {"postfix": postfix_name, "postfix_cyrus": postfix_name, "exim": exim_name,
           "exim_patched": exim_name, "sendmail": sendmail_name}


def names(mta):
    """Every spelling, mechanism, with and without TLS: the same name."""
    for mech in MECHANISMS:
        faults = []
        for tls in (False, True):
            for user in WRITTEN:
                def send():
                    with smtp.Session(lab.where(mta), tls) as session:
                        reply = session.auth(mech, user, lab.RIGHT)
                        if reply.code != "235":
                            raise RuntimeError("%r: %r" % (user, reply))
                        reply = session.mail(CANONICAL)
                        if reply.code != "250":
                            raise RuntimeError("%r: %r" % (user, reply))
                try:
                    name = NAME_OF[mta](mta, send)
                except RuntimeError as error:
                    name = error
                if name != CANONICAL:
                    faults.append("%r%s: %s" % (user, " with TLS" if tls else "", name))
        tap.ok(not faults, "%s, %s: alice however written is %s" % (mta, mech, CANONICAL), *faults)


def other_names(mta):
    def send():
        with smtp.Session(lab.where(mta)) as session:
            if session.auth("PLAIN", "Bob@HASHED.example.org", lab.RIGHT).code == "235":
                session.mail("bob@hashed.example.org")
    tap.equal(NAME_OF[mta](mta, send), "bob@hashed.example.org", "%s: bob keeps his realm" % mta)


def sendmail_macro():
    """{auth_authen} as sendmail keeps it with the message in its queue."""
    with smtp.Session(lab.where("sendmail")) as session:
        session.auth("PLAIN", "ALICE@Example.ORG", lab.RIGHT)
        reply = session.mail(CANONICAL)
    found = re.search(r"2\.0\.0 (\S+)", reply.text)
    queue = os.path.join(os.path.dirname(lab.log_of("sendmail")), "queue")
    text = ""
    for path in glob.glob(os.path.join(queue, "qf" + (found.group(1) if found else "none"))):
        text = open(path, encoding="latin-1").read()
    tap.ok("${auth_authen}" + CANONICAL in text or "auth_authen" not in text and
           "authenticated" in text, "sendmail: {auth_authen} in the queue", repr(reply), text)


def login_map(mta):
    """Postfix's reject_sender_login_mismatch: a sender address belongs to the login of its name."""
    for user, sender, want in (("ALICE@Example.ORG", CANONICAL, "250"),
                               (" alice", CANONICAL, "250"),
                               ("alice", "bob@hashed.example.org", "553"),
                               ("bob@hashed.example.org", "bob@hashed.example.org", "250"),
                               ("bob@hashed.example.org", CANONICAL, "553")):
        with smtp.Session(lab.where(mta)) as session:
            login = session.auth("PLAIN", user, lab.RIGHT)
            reply = session.mail(sender)
        tap.ok(login.code == "235" and reply.code == want, "%s: %r sends as %s: %s" % (
            mta, user, sender, want), repr(login), repr(reply))
    with smtp.Session(lab.where(mta)) as session:
        reply = session.mail(CANONICAL)
    tap.ok(reply.code == "553", mta + ": nobody sends as alice without a login", repr(reply))


# --- nobody gets in by a trick --------------------------------------------------------------------

def session_with(mta, tls=False):
    """From an address that no MTA trusts: sendmail relays for 127.0.0.1."""
    return smtp.Session(lab.where(mta), tls, source="127.0.0.2")


def outside(session):
    """The session may not send: it is nobody's."""
    return session.command("MAIL FROM:<%s>" % CANONICAL).code != "250" or \
        session.command("RCPT TO:<someone@example.net>").code != "250"


def keeps_login(mta):
    """sendmail keeps a login over STARTTLS, as the one that it was; the others forget it."""
    return mta == "sendmail"


def bypass(mta):
    """The transcript of DESIGN section 1: what a session knew before STARTTLS lets nobody in."""
    for mech in MECHANISMS:
        for octets in ("\0bob@hashed.example.org\0anything", "\0hashed\0anything",
                       "\0alice\0anything", "\0\0", "hashed\0alice\0" + lab.RIGHT):
            tail = lab.Tail(lab.log_of(mta))
            with session_with(mta) as session:
                first = session.auth(mech, "alice", lab.RIGHT)
                session.starttls()
                reply = session.begin("PLAIN")
                if reply.code == "334":
                    reply = session.respond(octets)
                good = first.code == "235" and reply.code[0] == "5"
                if keeps_login(mta):
                    good = good and reply.code == "503"
                    session.mail(CANONICAL)
                else:
                    good = good and outside(session)
            others = [line for line in tail.text().splitlines()
                      if re.search(r"AUTH=server| client=| <= ", line)
                      and re.search(r"(authid|sasl_username)=(?!alice@)|A=\w+:(?!alice@)", line)]
            tap.ok(good and not others, "%s: %s, STARTTLS, then %r gets nobody in" % (
                mta, mech, octets), repr(first), repr(reply), *others)


def starttls_forgets(mta):
    if not keeps_login(mta):
        with session_with(mta) as session:
            session.auth("PLAIN", "alice", lab.RIGHT)
            session.starttls()
            tap.ok(outside(session), mta + ": a login before STARTTLS is forgotten")
    with session_with(mta, True) as session:
        tap.ok(outside(session), mta + ": TLS alone is no login")
    for tricks in ((("PLAIN", True, lab.WRONG), ("PLAIN", False, lab.WRONG)),
                   (("LOGIN", False, lab.WRONG), ("PLAIN", False, lab.WRONG)),
                   (("PLAIN", True, lab.WRONG), ("LOGIN", False, lab.WRONG)),
                   (("CRAM-MD5", False, lab.WRONG), ("LOGIN", False, lab.WRONG))):
        with session_with(mta) as session:
            replies = [session.auth(mech, "alice", password, initial)
                       for mech, initial, password in tricks]
            tap.ok(all(reply.code == "535" for reply in replies) and outside(session),
                   "%s: %s twice wrong is no login" % (mta, [trick[0] for trick in tricks]),
                   *map(repr, replies))


def same_session(mta):
    """After a failure, a cancelled exchange or nonsense the same session logs in."""
    with smtp.Session(lab.where(mta)) as session:
        replies = [session.auth("PLAIN", "alice", lab.WRONG)]
        session.begin("LOGIN")
        replies.append(session.command("*"))
        session.begin("CRAM-MD5")
        replies.append(session.command("*"))
        session.begin("PLAIN")
        replies.append(session.command("*"))
        tap.ok(replies[0].code == "535" and all(reply.code[0] == "5" for reply in replies[1:]),
               mta + ": failed and cancelled exchanges", *map(repr, replies))
        reply = session.auth("LOGIN", "alice", lab.RIGHT)
        tap.ok(reply.code == "235", mta + ": then the same session logs in", repr(reply))


def hostile(mta):
    """What is no credential gets a 5xx of somebody's, and never anybody in."""
    lines = [
        ("one field", smtp.b64("alice")), ("two fields", smtp.b64("alice\0someone")),
        ("four fields", smtp.b64("\0alice\0right-pw\0more")), ("empty name", smtp.b64("\0\0pw")),
        ("empty password", smtp.b64("\0alice\0")), ("not UTF-8", smtp.b64(b"\0\xff\xfe\0pw")),
        ("nothing", "="), ("not base64", "!!!!"), ("a TAB inside", "AGFsaWNl\tAHdyb25nLXB3"),
        ("a TAB and rip=", smtp.b64("\0alice\0" + lab.WRONG) + "\trip=192.0.2.1"),
        ("another identity", smtp.b64("hashed\0alice\0" + lab.RIGHT)),
        ("a control character", smtp.b64("\0ali\x01ce\0pw")),
        ("a newline in the name", smtp.b64("\0ali\r\nce\0pw")),
        ("a long name", smtp.b64("\0" + "a" * 800 + "\0pw")),
        ("a long password", smtp.b64("\0alice\0" + "p" * 4000)),
    ]
    for name, line in lines:
        try:
            with session_with(mta) as session:
                reply = session.command("AUTH PLAIN " + line)
                if reply.code == "334":
                    reply = session.command(line)
                fine = reply.code[0] == "5" and outside(session)
        except smtp.Gone as error:
            reply, fine = error, False
        tap.ok(fine, "%s: %s is refused for good" % (mta, name), repr(reply))


def all_of(mta):
    for function in (names, other_names, bypass, starttls_forgets, same_session, hostile):
        tap.run(function, mta)


lab.unlock()
tap.run_all(all_of, lab.MTAS)
lab.unlock()
tap.run(sendmail_macro)
tap.run(login_map, "postfix")
tap.run(login_map, "postfix_cyrus")
tap.done()
