# SPDX-License-Identifier: MIT
"""The lab's slapd: its accounts, what its log says of a span of time, its own counts of failures."""
import os
import re
import subprocess
import time

import lab

RIGHT, WRONG = "Right-Passw0rd!", "Wrong-Passw0rd!"
REALM, HASH = "ldap.example.org", "hash.ldap.example.org"
APP = "abcd efgh ijkl mnop"
BASE = lab.env.get("LDAP_BASE", "")
# What a proven state tells; with verify = bind.
STATES = {
    "disabled": "account-disabled", "acctexpired": "account-expired",
    "pwexpired": "password-expired", "mustchange": "password-must-change",
    "appreq": "app-password-required", "oauth": "oauth2-required", "nosend": "service-disabled",
    "imaponly": "service-disabled", "scramonly": "mechanism-not-allowed",
    "farnet": "network-restricted",
}
FINE = ["ok", "alias", "acctnotyet", "smtptoo", "plainonly", "nearnet", "stale", "grace", "expiring",
        "clear", "scram", "odd"]
# Of these nothing is told, whatever the password.
SILENT = ["locked", "lockedout", "nosecret", "twice"]
# slapd calls these locked before it looks at the password.
SILENT_BIND = ["ended", "early"]
UNKNOWN = "nobody-here"


def at(user, realm=REALM):
    return "%s@%s" % (user, realm)


def search(dn, *attributes):
    """{attribute: [values]} of an entry, read as the administrator; it never binds as the entry."""
    done = subprocess.run(
        ["ldapsearch", "-LLL", "-x", "-o", "ldif-wrap=no", "-H", lab.env["LDAP_URI"],
         "-D", lab.env["LDAP_ADMIN_DN"], "-y", lab.env["LDAP_ADMIN_PASSWORD_FILE"],
         "-s", "base", "-b", dn, "(objectClass=*)", *attributes],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=20)
    found = {}
    for line in done.stdout.splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            found.setdefault(name, []).append(value)
    return found


def failures(user):
    """The times of the wrong passwords that slapd has counted for an account."""
    return search("uid=%s,%s" % (user, BASE), "pwdFailureTime").get("pwdFailureTime", [])


def pid():
    return int(lab.env["LDAP_PID"])


class Log:
    """slapd's log from now on."""

    LINE = re.compile(r"conn=(\d+) (?:op=(\d+)|fd=(\d+)) (.*)$")

    def __init__(self):
        self.tail = lab.Tail(lab.env["LDAP_LOG"])

    def lines(self, settle=0.2):
        """(connection, rest) of each line."""
        time.sleep(settle)
        found = (self.LINE.search(line) for line in self.tail.text().splitlines())
        return [(int(one[1]), one[4]) for one in found if one]

    def binds(self, lines=None):
        """The DNs below BASE that somebody tried to bind as."""
        return [one[1] for _, rest in lines or self.lines()
                for one in [re.match(r'BIND dn="([^"]*)" method=', rest)]
                if one and one[1].endswith(BASE)]

    def filters(self, lines=None):
        """The filters of the searches for accounts."""
        return [one[1] for _, rest in lines or self.lines()
                for one in [re.match(r'SRCH base="%s" scope=2 deref=\d filter="(.*)"$' % BASE, rest)]
                if one]


def open_connections():
    """How many connections to slapd the daemon's worker holds, by its descriptors."""
    ports = {lab.env[key].rsplit(":", 1)[1] for key in ("LDAP_URI", "LDAPS_URI")}
    worker = lab.worker()
    inodes = set()
    for entry in os.listdir("/proc/%d/fd" % worker):
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink("/proc/%d/fd/%s" % (worker, entry)))
        except FileNotFoundError:
            continue
        if found:
            inodes.add(found[1])
    # A socket may be listed twice while others come and go.
    held = {port: set() for port in ports}
    with open("/proc/%d/net/tcp" % worker, encoding="ascii") as file:
        for line in list(file)[1:]:
            words = line.split()
            port = str(int(words[2].rsplit(":", 1)[1], 16))
            if words[9] in inodes and port in ports:
                held[port].add(words[9])
    return {port: len(sockets) for port, sockets in held.items()}
