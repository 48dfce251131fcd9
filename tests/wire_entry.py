#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whose app passwords: the id of the entry in three real directories, and app passwords in 389-DS's entries.

Needs the lab (tests/lab up). An app password belongs to what the directory never gives to another entry: it
goes with an account that is renamed, and stays behind when the name goes to somebody else.
"""
import base64
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import ad
import lab
import slapd
import smtp
import tap

RIGHT = "Right-Passw0rd!"
RUN = "%x" % int(time.time())
DS, APP = "ds.example.org", "app.ds.example.org"
SERVICE = "cn=search,ou=services," + lab.env["DS_BASE"].split(",", 1)[1]
MANAGER = ("-D", "cn=Directory Manager", "-y", lab.env["DS_ADMIN_PASSWORD_FILE"])


def ask(user, password, mta="postfix"):
    return smtp.try_login(lab.where(mta), "PLAIN", user, password)


def ds_dn(name):
    return "uid=%s,%s" % (name, lab.env["DS_BASE"])


def ds(tool, *words, who=MANAGER, text="", good=(0,)):
    """One of ldap-utils at 389-DS; its exit status and output."""
    done = subprocess.run([tool, "-x", "-H", lab.env["DS_URI"], *who, *words], input=text,
                          capture_output=True, text=True, check=False, timeout=20)
    if done.returncode not in good:
        raise RuntimeError("%s %s: %s" % (tool, words, done.stderr))
    return done.returncode, done.stdout


def values(ldif, attribute):
    """Those of an attribute, octets."""
    found = re.findall(r"(?m)^%s:(:?) (.*(?:\n .*)*)" % attribute, ldif)
    texts = [(coded, text.replace("\n ", "")) for coded, text in found]
    return [base64.b64decode(text) if coded else text.encode() for coded, text in texts]


def ds_values(name, attribute, **more):
    return values(ds("ldapsearch", "-LLL", "-s", "base", "-b", ds_dn(name), attribute, **more)[1],
                  attribute)


def stable(user):
    """(what the backend says, whose app passwords they are)."""
    said = lab.cli_json("explain", user)
    known = [row for row in said["backends"] if row["answer"] == "known"][0]
    return known["account"]["stable"], said["owner"].removeprefix(known["label"])


def ids():
    """The ids as the servers themselves give them."""
    done = ad.tool("ldapsearch", "-LLL", *ad.administrator(), "-s", "base", "-b", ad.dn("ok"), "objectGUID")
    guid = values(done.stdout, "objectGUID")[0].hex()
    tap.equal(stable("ok@ad.example.org"), (guid, ":" + guid), "AD: objectGUID")
    unique = ds_values("ok", "nsUniqueId")[0].decode()
    tap.equal(stable("ok@" + DS), (unique, ":" + unique), "389-DS: nsUniqueId")
    uuid = slapd.search("uid=ok," + slapd.BASE, "entryUUID")["entryUUID"][0]
    tap.equal(stable("ok@ldap.example.org"), (uuid, ":" + uuid), "OpenLDAP: entryUUID")


def add(user, label):
    return lab.cli_json("app-password", "add", user, "--label", "%s %s" % (label, RUN))


def person(name):
    ds("ldapadd", text="dn: %s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\nuserPassword: %s\n"
       % (ds_dn(name), name, name, name, RIGHT))


def newcomer():
    """A name that goes to somebody else, and an account that gets another name."""
    name, later = "comer" + RUN, "gone" + RUN
    person(name)
    for realm in (DS, APP):
        secret = add("%s@%s" % (name, realm), "phone")["secret"]
        tap.equal(ask("%s@%s" % (name, realm), secret).code, "235", realm + ": it logs in")
        ds("ldapmodrdn", "-r", ds_dn(name), "uid=" + later)
        tap.equal(ask("%s@%s" % (later, realm), secret).code, "235", realm + ": renamed, it logs in")
        person(name)
        reply = ask("%s@%s" % (name, realm), secret)
        tap.equal((reply.code, reply.token), ("535", "bad-credentials"),
                  realm + ": who has the name now does not inherit it", repr(reply))
        tap.equal(lab.cli_json("app-password", "list", "%s@%s" % (name, realm))["app_passwords"], [],
                  realm + ": nor sees it")
        lab.unlock()  # an entry that is gone could not be named any more
        ds("ldapdelete", ds_dn(later))
    ds("ldapdelete", ds_dn(name))


def entry():
    """In the entry of 389-DS, and who may look there."""
    user = "appreq@" + APP
    before = len(ds_values("appreq", "saslReasonAppPassword"))
    made = add(user, "laptop")
    kept = ds_values("appreq", "saslReasonAppPassword")
    tap.equal(len(kept), before + 1, "one value in the entry")
    tap.ok(made["secret"].replace(" ", "").encode() not in b"".join(kept).replace(b" ", b""),
           "and not the secret", repr(kept))
    tap.ok(b"saslReasonAccount" in ds_values("appreq", "objectClass"), "the entry has the class")
    for secret in (made["secret"], made["secret"].replace(" ", "").upper()):
        tap.equal(ask(user, secret).code, "235", "it logs in")
    tap.equal(ask(user, RIGHT).token, "app-password-required", "the password does not")
    again = add(user, "tablet")
    tap.equal(len(ds_values("appreq", "saslReasonAppPassword")), before + 2, "a second one")
    lab.cli("app-password", "revoke", user, made["id"])
    reply = ask(user, made["secret"])
    tap.ok(reply.token == "app-password-revoked" and "laptop " + RUN in reply.text,
           "revoked, and told so", repr(reply))
    tap.equal(ask(user, again["secret"]).code, "235", "the other one logs in")
    me = ("-D", ds_dn("appreq"), "-w", RIGHT)
    tap.equal(ds_values("appreq", "saslReasonAppPassword", who=me), [], "the person cannot read it")
    change = "dn: %s\nchangetype: modify\ndelete: saslReasonAppPassword\n" % ds_dn("appreq")
    tap.equal(ds("ldapmodify", who=me, text=change, good=(0, 50))[0], 50, "nor write it")
    service = ("-D", SERVICE, "-y", lab.env["DS_SERVICE_PASSWORD_FILE"])
    change = "dn: %s\nchangetype: modify\nreplace: cn\ncn: x\n" % ds_dn("appreq")
    tap.equal(ds("ldapmodify", who=service, text=change, good=(0, 50))[0], 50,
              "the service writes nothing else")
    change = "dn: %s\nchangetype: modify\nadd: objectClass\nobjectClass: posixAccount\n" % ds_dn("appreq")
    tap.equal(ds("ldapmodify", who=service, text=change, good=(0, 50))[0], 50, "nor another class")


def bind_is_spared():
    """What looks like an app password is never bound: it would count against the account."""
    before = ds_values("ok", "passwordRetryCount")
    for _ in range(5):
        ask("ok@" + APP, "wron gwro ngwr ongw")
    tap.equal(ds_values("ok", "passwordRetryCount"), before, "389-DS has counted nothing")


lab.unlock()
tap.run(ids)
tap.run(newcomer)
tap.run(entry)
lab.unlock()
tap.run(bind_is_spared)
tap.done()
