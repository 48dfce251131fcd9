# SPDX-License-Identifier: MIT
"""Prints a file of the lab's accounts: one for each state, secrets in many schemes.

    lab_accounts.py accounts|memory
"""
import base64
import ctypes
import hashlib
import hmac
import os
import sys
import time

DAY = 86400


def date(days_ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days_ago * DAY))


def b64(octets):
    return base64.b64encode(octets).decode()


def crypt(scheme, prefix, password):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = library.crypt_gensalt.restype = ctypes.c_char_p
    setting = library.crypt_gensalt(prefix.encode(), ctypes.c_ulong(0), os.urandom(32), 32)
    return "{%s}%s" % (scheme, library.crypt(password.encode(), setting).decode())


def yescrypt(password):
    return crypt("CRYPT", "$y$", password)


def sha512_crypt(password):
    return crypt("SHA512-CRYPT", "$6$", password)


def ssha512(password):
    salt = os.urandom(8)
    return "{SSHA512}" + b64(hashlib.sha512(password.encode() + salt).digest() + salt)


def scram_sha256(password, iterations=4096):
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "{SCRAM-SHA-256}%d,%s,%s,%s" % (
        iterations, b64(salt), b64(hashlib.sha256(client).digest()), b64(server))


RIGHT = "right-pw"
ACCOUNTS = [
    ("alice", "{PLAIN}" + RIGHT, ""),
    ("hashed", yescrypt(RIGHT), ""),
    ("appreq", ssha512(RIGHT),
     "app_password_required app_password=phone," + ssha512("abcdefghijklmnop")),
    ("disabled", sha512_crypt(RIGHT), "disabled"),
    ("expired", yescrypt(RIGHT), "expires=" + date(30)),
    ("pwexpired", ssha512(RIGHT), "password_expires=" + date(3)),
    ("mustchange", crypt("BLF-CRYPT", "$2y$05$", RIGHT), "must_change"),
    ("stale", sha512_crypt(RIGHT), "previous=%s,%s" % (date(17), sha512_crypt("old-pw"))),
    ("oauth", scram_sha256(RIGHT), "oauth2_required"),
    ("nosend", "{PLAIN}" + RIGHT, "service_disabled"),
    ("locked", ssha512(RIGHT), "locked"),
]



def main():
    if sys.argv[1:] == ["memory"]:
        print("moved@memory.example.org:%s" % ssha512(RIGHT))
        return
    for name, secret, extra in ACCOUNTS:
        print("%s@example.org:%s::::::%s" % (name, secret, extra))
    print("bob@hashed.example.org:%s" % yescrypt(RIGHT))
    print("eve@observe.example.org:%s" % ssha512(RIGHT))
    print("sue@secure.example.org:%s" % ssha512(RIGHT))


if __name__ == "__main__":
    main()
