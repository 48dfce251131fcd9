# SPDX-License-Identifier: MIT
"""Prints the entries of the lab's slapd (LDIF for slapadd): one account for each state.

    slapd_accounts.py SUFFIX FOLDER     FOLDER has search.pw, hash.pw and keep.pw, of the services
"""
import base64
import hashlib
import hmac
import os
import sys
import time

DAY = 86400
RIGHT = "Right-Passw0rd!"
SUFFIX, FOLDER = sys.argv[1:3]
PEOPLE = "ou=people," + SUFFIX
OCTETS = "1.3.6.1.4.1.1466.115.121.1.40"


def stamp(days_ago):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days_ago * DAY))


def b64(octets):
    return base64.b64encode(octets).decode()


def ssha512(password):
    salt = os.urandom(8)
    return "{SSHA512}" + b64(hashlib.sha512(password.encode() + salt).digest() + salt)


def scram_sha256(password, iterations=4096):
    """authPassword (RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "SCRAM-SHA-256$%d:%s$%s:%s" % (
        iterations, b64(salt), b64(hashlib.sha256(client).digest()), b64(server))


def history(days_ago, password):
    secret = ssha512(password)
    return "%s#%s#%d#%s" % (stamp(days_ago), OCTETS, len(secret), secret)


def entry(dn, *lines):
    print("dn: " + dn, *lines, "", sep="\n")


def password_of(service):
    with open(os.path.join(FOLDER, service + ".pw"), encoding="ascii") as file:
        return ssha512(file.read())


def policy(name, *lines):
    entry("cn=%s,ou=policies,%s" % (name, SUFFIX), "objectClass: device", "objectClass: pwdPolicy",
          "cn: " + name, "pwdAttribute: userPassword", "pwdAllowUserChange: TRUE", *lines)


def account(name, *lines, secret=None, below=PEOPLE, changed=30):
    """`secret`: of userPassword, "" for none; an account changed its password so many days ago."""
    classes = ["inetOrgPerson"]
    if any(line.startswith("saslReason") for line in lines):
        classes.append("saslReasonAccount")
    if any(line.startswith("authPassword") for line in lines):
        classes.append("authPasswordObject")
    more = list(lines)
    if secret != "":
        more.append("userPassword: " + (secret or ssha512(RIGHT)))
        if not any(line.startswith("pwdChangedTime") for line in lines):
            more.append("pwdChangedTime: " + stamp(changed))
    entry("uid=%s,%s" % (name, below), *("objectClass: " + one for one in classes),
          "uid: " + name, "cn: " + name, "sn: " + name, *more)


entry(SUFFIX, "objectClass: dcObject", "objectClass: organization", "o: lab", "dc: ldap")
for unit in ("people", "services", "policies"):
    entry("ou=%s,%s" % (unit, SUFFIX), "objectClass: organizationalUnit", "ou: " + unit)
entry("ou=other," + PEOPLE, "objectClass: organizationalUnit", "ou: other")
for one in ("search", "hash", "keep"):
    entry("cn=%s,ou=services,%s" % (one, SUFFIX), "objectClass: organizationalRole",
          "objectClass: simpleSecurityObject", "cn: " + one, "userPassword: " + password_of(one))

# So many failures that no test locks anybody by chance, and each is still to be seen.
policy("default", "pwdLockout: TRUE", "pwdMaxFailure: 2000", "pwdLockoutDuration: 600",
       "pwdFailureCountInterval: 86400", "pwdInHistory: 3", "pwdMaxAge: 7776000",
       "pwdExpireWarning: 604800", "pwdMustChange: TRUE")
policy("strict", "pwdLockout: TRUE", "pwdMaxFailure: 3", "pwdLockoutDuration: 0")
policy("grace", "pwdMaxAge: 86400", "pwdGraceAuthNLimit: 10000")

account("ok")
account("locked", "pwdAccountLockedTime: 000001010000Z")
account("lockedout", "pwdPolicySubentry: cn=strict,ou=policies," + SUFFIX)
account("disabled", "saslReasonDisabled: TRUE")
account("pwexpired", "pwdChangedTime: 20200101000000Z")
account("mustchange", "pwdReset: TRUE")
account("acctexpired", "saslReasonExpires: " + stamp(3))
account("alias", "mail: real.name@ldap.example.org")
account("acctnotyet", "saslReasonExpires: " + stamp(-3))
account("ended", "pwdEndTime: " + stamp(3))
account("early", "pwdStartTime: " + stamp(-3))
account("appreq", "saslReasonAppPasswordRequired: TRUE")
account("oauth", "saslReasonOAuth2Required: TRUE")
account("nosend", "saslReasonServiceDisabled: TRUE")
account("imaponly", "saslReasonService: imap")
account("smtptoo", "saslReasonService: imap", "saslReasonService: smtp")
account("scramonly", "saslReasonMechanism: SCRAM-SHA-256")
account("plainonly", "saslReasonMechanism: PLAIN", "saslReasonMechanism: LOGIN")
account("farnet", "saslReasonNetwork: 192.0.2.0/24")
account("nearnet", "saslReasonNetwork: 127.0.0.0/8")
account("stale", "pwdHistory: " + history(17, "old-pw"), changed=17)
account("grace", "pwdChangedTime: 20200101000000Z", "pwdPolicySubentry: cn=grace,ou=policies," + SUFFIX)
account("expiring", changed=87)
# Its password is of the shape of app passwords.
account("sixteen", secret=ssha512("abcdefghijklmnop"))
account("nosecret", secret="")
account("clear", secret=RIGHT)
account("scram", "authPassword: " + scram_sha256(RIGHT))
# Its app passwords come with a test, by the service that keeps them.
account("keeper", "saslReasonAppPasswordRequired: TRUE")
# One account of two names.
account("pair", "uid: pear")
account("twice")
account("twice", below="ou=other," + PEOPLE)
account("odd")
