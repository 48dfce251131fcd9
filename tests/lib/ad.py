# SPDX-License-Identifier: MIT
"""The lab's Samba domain controller: its accounts, its answers as they are, its counts and its policy."""
import os
import re
import subprocess

import lab

RIGHT, WRONG = "Right-Passw0rd!", "Wrong-Passw0rd!"
OLD, OLDER, OLDEST = "Old-Passw0rd!", "Older-Passw0rd!", "Oldest-Passw0rd!"  # of "stale"
REALM = "ad.example.org"  # binds by userPrincipalName
REALMS = [REALM, "dn." + REALM, "domain." + REALM]
# What a proven state tells.
STATES = {
    "disabled": "account-disabled", "acctexpired": "account-expired",
    "pwexpired": "password-expired", "mustchange": "password-must-change",
    "appreq": "app-password-required", "hours": "time-restricted",
    "workstation": "network-restricted",
}
# The number that Samba says to the right password; None: it lets in.
DATA = {
    "ok": None, "appreq": None, "stale": None, "disabled": "533", "acctexpired": "701",
    "pwexpired": "532", "mustchange": "773", "hours": "530", "workstation": "531",
    "locked": "775", "nobody-here": "52e",
}
NAMES = ["ok", "stale", "locked", *STATES]
UNKNOWN = "nobody-here"
BASE = lab.env.get("AD_BASE", "")


def dn(name):
    return "cn=%s,%s" % (name, lab.env["AD_PEOPLE"])


def at(name, realm=REALM):
    return "%s@%s" % (name, realm)


def tool(name, *words, text=None, good=(0,)):
    """One of ldap-utils at the domain controller, with its CA."""
    done = subprocess.run(
        [name, "-x", "-H", lab.env["AD_URI"], *words], input=text or "", capture_output=True,
        text=True, check=False, timeout=20, env={**os.environ, "LDAPTLS_CACERT": lab.env["AD_CA_FILE"]})
    if done.returncode not in good:
        raise RuntimeError("%s %s: %s" % (name, words, done.stderr))
    return done


def administrator():
    return ("-D", lab.env["AD_ADMIN"], "-y", lab.env["AD_ADMIN_PASSWORD_FILE"])


def bind(who, password):
    """None if that logs in, else what the server says: "52e" and so on."""
    done = tool("ldapsearch", "-LLL", "-D", who, "-w", password, "-s", "base", "-b", "",
                "defaultNamingContext", good=(0, 49))
    if done.returncode == 0:
        return None
    found = re.search(r"AcceptSecurityContext error, data ([0-9a-f]+), v1db1$", done.stderr.rstrip())
    return found[1] if found else done.stderr


def read(entry, *attributes, who=None):
    """{attribute: value} of an entry, by default as the administrator."""
    done = tool("ldapsearch", "-LLL", "-o", "ldif-wrap=no", *(who or administrator()), "-s", "base",
                "-b", entry, *attributes)
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def service():
    return ("-D", lab.env["AD_SERVICE_DN"], "-y", lab.env["AD_SERVICE_PASSWORD_FILE"])


def counted(name):
    """(badPwdCount, badPasswordTime)"""
    found = read(dn(name), "badPwdCount", "badPasswordTime")
    return tuple(int(found.get(key, 0)) for key in ("badPwdCount", "badPasswordTime"))


def change(entry, attribute, value):
    tool("ldapmodify", *administrator(), text="dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n"
         % (entry, attribute, attribute, value))


def unlock():
    """Forgets the wrong passwords of all but "locked"."""
    for name in NAMES:
        if name != "locked":
            change(dn(name), "lockoutTime", 0)


def add(ldif):
    tool("ldapadd", *administrator(), text=ldif)


def delete(entry):
    tool("ldapdelete", *administrator(), entry, good=(0, 32))


class Policy:
    """The domain has other values for a while: with Policy(lockoutThreshold=0): ..."""

    def __init__(self, **values):
        self.values = values

    def __enter__(self):
        self.before = read(BASE, *self.values)
        for attribute, value in self.values.items():
            change(BASE, attribute, value)

    def __exit__(self, *_):
        for attribute in self.values:
            change(BASE, attribute, self.before[attribute])
