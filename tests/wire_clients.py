#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real mail clients: swaks, curl and Python's smtplib log in to every MTA, and show what it said.

Needs the lab (tests/lab up), swaks and curl.
"""
import os
import re
import smtplib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import tap

SENDER = "alice@example.org"
# user, password, token (None: it logs in)
LOGINS = [("alice", lab.RIGHT, None), ("appreq", lab.RIGHT, "app-password-required"),
          ("alice", lab.WRONG, "bad-credentials"), ("nobody-here", lab.RIGHT, "bad-credentials"),
          ("stale", "old-pw", "password-changed")]


def ours(mta, mech, initial):
    """Whether this MTA shows our text there (packaging/mta/README)."""
    return mta not in ("postfix_cyrus", "exim") or mta == "exim" and mech == "PLAIN" and initial


def run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60,
                          check=False)
    return done.returncode, done.stdout


def joined(text):
    """Folded replies in one line, without what a client puts before each."""
    text = re.sub(r"\r", "", text)
    return re.sub(r"\n[<*~! -]*535[- ](5\.7\.8 )?", " ", text)


def judge(title, good_login, text, mta, mech, initial, token):
    if token is None:
        tap.ok(good_login, title + ": logs in", text)
    elif ours(mta, mech, initial):
        tap.ok(not good_login and re.search(r"535[- ]5\.7\.8 ", text) and
               re.search(r"\[%s\] \(id [A-Z0-9]{8}\)" % token, joined(text)),
               "%s: shows [%s]" % (title, token), text)
    else:
        tap.ok(not good_login and re.search(r"\b535\b", text) and "(id " not in text,
               title + ": shows the MTA's own 535", text)


def swaks(mta, tls, mech, user, password, token):
    # swaks sends PLAIN with an initial response, LOGIN without.
    status, text = run("swaks", "--server", lab.where(mta), "--auth", mech, "--auth-user", user,
                       "--auth-password", password, "--from", SENDER, "--to",
                       "someone@example.net", "--quit-after", "AUTH", *(["--tls"] if tls else []))
    judge("%s, swaks%s, %s as %s" % (mta, " with TLS" if tls else "", mech, user),
          status == 0 and " 235 " in text, text, mta, mech, mech == "PLAIN", token)


def curl(mta, tls, mech, user, password, token):
    # Without --sasl-ir curl sends no initial response.
    for initial in (True, False):
        with tempfile.NamedTemporaryFile("w") as mail:
            mail.write("Subject: test\r\n\r\ntest\r\n")
            mail.flush()
            status, text = run(
                "curl", "-sSv", "--max-time", "50", "smtp://%s/client.example.org" % lab.where(mta),
                "--user", "%s:%s" % (user, password), "--login-options", "AUTH=" + mech,
                "--mail-from", SENDER, "--mail-rcpt", "someone@example.net", "-T", mail.name,
                *(["--sasl-ir"] if initial else []), *(["--ssl-reqd", "-k"] if tls else []))
        judge("%s, curl%s%s, %s as %s" % (mta, " with TLS" if tls else "",
                                           " --sasl-ir" if initial else "", mech, user),
              status == 0 and "< 235" in text, text, mta, mech, initial, token)


def python(mta, tls, mech, user, password, token):
    host, port = lab.where(mta).split(":")
    for initial in (True, False):
        text, good = "", False
        with smtplib.SMTP(host, int(port), "client.example.org", timeout=30) as smtp:
            if tls:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                smtp.starttls(context=context)
            smtp.ehlo()
            smtp.user, smtp.password = user, password
            method = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mech]
            try:
                code, said = smtp.auth(mech, method, initial_response_ok=initial)
                good = code == 235
                smtp.sendmail(SENDER, "someone@example.net", "Subject: test\r\n\r\ntest\r\n")
            except smtplib.SMTPAuthenticationError as error:
                code, said = error.smtp_code, error.smtp_error
            text = "%d %s" % (code, said.decode().replace("\n", "\n%d " % code))
        judge("%s, smtplib%s%s, %s as %s" % (mta, " with TLS" if tls else "",
                                              " at once" if initial else "", mech, user),
              good, text, mta, mech, initial, token)


def python_login(mta):
    """smtplib's own login(): takes CRAM-MD5 first, then PLAIN, then LOGIN, and shows the last."""
    host, port = lab.where(mta).split(":")
    for user, password, token in (("alice", lab.RIGHT, None), ("hashed", lab.RIGHT, None),
                                  ("appreq", lab.RIGHT, "app-password-required")):
        with smtplib.SMTP(host, int(port), "client.example.org", timeout=30) as smtp:
            try:
                code, said = smtp.login(user, password)
            except smtplib.SMTPAuthenticationError as error:
                code, said = error.smtp_code, error.smtp_error
        judge("%s, smtplib's login() as %s" % (mta, user), code == 235,
              "%d %s" % (code, said.decode()), mta, "LOGIN", False, token)


def all_clients(mta):
    for tls in (False, True):
        for mech in ("PLAIN", "LOGIN"):
            for login in LOGINS if not tls else LOGINS[:2]:
                for client in (swaks, curl, python):
                    tap.run(client, mta, tls, mech, *login)
    tap.run(python_login, mta)


lab.unlock()
tap.run_all(all_clients, lab.MTAS)
tap.done()
