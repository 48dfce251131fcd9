# SPDX-License-Identifier: MIT
"""Prints an accounts file: each state of an account and each kind of stored secret, in each realm.

    timing_accounts.py REALM...

The password is right-pw; to compare with its secrets takes very different times.
"""
import base64
import ctypes
import hashlib
import hmac
import os
import sys
import time

PASSWORD = "right-pw"


def b64(octets):
    return base64.b64encode(octets).decode()


def date(days_ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days_ago * 86400))


def crypt(prefix, password=PASSWORD):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = library.crypt_gensalt.restype = ctypes.c_char_p
    setting = library.crypt_gensalt(prefix.encode(), ctypes.c_ulong(0), os.urandom(32), 32)
    return "{CRYPT}" + library.crypt(password.encode(), setting).decode()


def ssha512(password=PASSWORD):
    salt = os.urandom(8)
    return "{SSHA512}" + b64(hashlib.sha512(password.encode() + salt).digest() + salt)


def scram_sha256(password=PASSWORD, iterations=4096):
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "{SCRAM-SHA-256}%d,%s,%s,%s" % (
        iterations, b64(salt), b64(hashlib.sha256(client).digest()), b64(server))


ACCOUNTS = [
    ("plain", "{PLAIN}" + PASSWORD, ""),
    ("ssha512", ssha512(), ""),
    ("md5crypt", crypt("$1$"), ""),
    ("crypt", crypt("$6$"), ""),
    ("scram", scram_sha256(), ""),
    ("broken", "{CRYPT}$9$nothing", ""),
    ("disabled", ssha512(), "disabled"),
    ("expired", ssha512(), "expires=" + date(30)),
    ("pwexpired", "{PLAIN}" + PASSWORD, "password_expires=" + date(3)),
    ("mustchange", ssha512(), "must_change"),
    ("appreq", ssha512(), "app_password_required app_password=phone," + ssha512("abcdefghijklmnop")),
    ("locked", ssha512(), "locked"),
    ("stale", ssha512(), "previous=%s,%s" % (date(17), crypt("$6$", "old-pw"))),
    ("oauth", scram_sha256(), "oauth2_required"),
    ("nosend", "{PLAIN}" + PASSWORD, "service_disabled"),
]

for realm in sys.argv[1:]:
    for name, secret, extra in ACCOUNTS:
        print("%s@%s:%s::::::%s" % (name, realm, secret, extra))
