#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sasl-reason doctor and check-config: one thing wrong at a time, in a root folder of the test's own.

A daemon of the test's own answers the admin socket with what each row says; Postfix's postconf reads the
folder's main.cf. A command that the doctor prints is run, where a program can do what it says, and what it
was printed for has to be gone then. Needs root (owners of files). SASL_REASON_BUILD is a finished build folder, in place of building.
"""
import contextlib
import copy
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import tap

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAY = 86400
POSTFIX, EXIM, OURS, SHADOW = 991, 992, 990, 42
AUTH, INSIDE = "/run/sasl-reason/auth", "/var/spool/postfix/private/sasl-reason"


def build():
    folder = os.environ.get("SASL_REASON_BUILD")
    if folder:
        return folder
    done = subprocess.run([os.path.join(TOP, "tests", "lib", "build"), "hardened"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


# --- a system with nothing wrong ------------------------------------------------------------------

CONFIG = {
    "listeners": [
        {"path": INSIDE, "mode": "0660", "owner": POSTFIX, "group": POSTFIX, "face": "auth", "mechanisms": ["PLAIN"]},
        {"path": AUTH, "mode": "0660", "owner": None, "group": EXIM, "face": "auth", "mechanisms": ["PLAIN"]},
        {"path": "/run/sasl-reason/admin", "mode": "0600", "face": "admin", "mechanisms": []}],
    "user": "sasl-reason", "uid": OURS, "gid": OURS, "key_file": "/var/lib/sasl-reason/key",
    "default_realm": "example.org",
    "realms": [{"name": "example.org", "secrets": "hashed", "app_passwords": True, "observe": False, "floor_ms": 500}],
    "backends": [{"label": "unix", "type": "passwd", "path": None, "uris": []},
                 {"label": "directory", "type": "ldap", "path": None, "uris": ["ldaps://ldap.example.org"]}],
}


def status_of(config_path):
    return {"version": "0.1.0", "pid": 2, "parent": 1, "started": int(time.time()), "config": config_path,
            "state_directory": "/var/lib/sasl-reason", "connections": 1, "counters": {},
            "backends": [{"label": "unix", "type": "passwd", "up": "yes", "certificate_until": 0},
                         {"label": "directory", "type": "ldap", "up": "yes",
                          "certificate_until": int(time.time()) + 90 * DAY}],
            "journal_failing": False, "waiting": 0, "lost": 0, "credentials": "open", "credentials_fault": None,
            "fleet": None, "queues": {}}


def put(root, path, text="", mode=0o644, owner=0, group=0):
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    with open(root + path, "w", encoding="ascii") as file:
        file.write(text)
    os.utime(root + path, (1, 1))  # postconf waits for files that are as young as this second
    os.chmod(root + path, mode)
    os.chown(root + path, owner, group)


def put_socket(root, path, mode, owner, group):
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    here = os.getcwd()
    os.chdir(os.path.dirname(root + path))
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.basename(path))
    os.chdir(here)
    os.chmod(root + path, mode)
    os.chown(root + path, owner, group)


SASL = "mech_list: PLAIN LOGIN\nreason_socket: %s\nauxprop_plugin: reason\npwcheck_method: auxprop\n"
MAIN = """compatibility_level = 3.6
queue_directory = /var/spool/postfix
mail_owner = postfix
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/sasl-reason
"""
MASTER = """smtp       inet  n - y - - smtpd
submission inet  n - %s - - smtpd
  -o smtpd_sasl_auth_enable=yes
"""


def make_root(root):
    put(root, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nsasl-reason:x:990:990::/:/bin/false\n"
        "postfix:x:991:991::/:/bin/false\nDebian-exim:x:992:992::/:/bin/false\nnobody:x:990:990::/:/bin/false\n")
    put(root, "/etc/group", "root:x:0:\nshadow:x:42:sasl-reason,nobody\nsasl-reason:x:990:\npostfix:x:991:\nDebian-exim:x:992:\n")
    put(root, "/etc/shadow", "", 0o640, 0, SHADOW)
    put(root, "/etc/postfix/main.cf", MAIN)
    put(root, "/etc/postfix/master.cf", MASTER % "y")
    put(root, "/etc/sasl2/exim.conf", SASL % AUTH)
    put(root, "/etc/sasl2/Sendmail.conf", SASL % AUTH)
    put(root, "/usr/sbin/exim4", "\0_HAVE_AUTH_CLIENT_REPLY\0", 0o755)
    put(root, "/usr/lib/sm.bin/sendmail",
        "535 5.7.0 authentication failed\x00454 4.7.0 Temporary authentication failure\0", 0o755)
    put(root, "/usr/lib/x86_64-linux-gnu/libsasl2.so.2")
    put(root, "/usr/lib/x86_64-linux-gnu/sasl2/libreason.so")
    with open(os.path.join(TOP, "packaging/mta/sendmail/Sendmail.conf"), encoding="ascii") as ours:
        put(root, "/usr/share/doc/sasl-reason/mta/sendmail/Sendmail.conf", ours.read())
    put(root, "/var/lib/sasl-reason/key", "k" * 32, 0o600, OURS, OURS)
    os.chmod(root + "/var/lib/sasl-reason", 0o700)
    os.chown(root + "/var/lib/sasl-reason", OURS, OURS)
    put_socket(root, INSIDE, 0o660, POSTFIX, POSTFIX)
    os.chmod(root + os.path.dirname(INSIDE), 0o700)
    os.chown(root + os.path.dirname(INSIDE), POSTFIX, 0)
    put_socket(root, AUTH, 0o660, 0, EXIM)


# --- the daemon -----------------------------------------------------------------------------------

class Daemon(threading.Thread):
    """Answers each line with what it has for the command."""

    def __init__(self, path, answers):
        super().__init__(daemon=True)
        self.answers = answers
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.lexists(path):
            os.remove(path)
        self.listener.bind(path)
        self.listener.listen(16)

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb") as lines:
                for line in lines:
                    answer = self.answers[json.loads(line)["command"]]
                    lines.write(json.dumps({"status": 0, **answer}).encode() + b"\n")
                    lines.flush()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Place:
    """A root, a configuration and what the daemon would answer; a row changes one thing of it."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder + "/root"
        self.admin, self.config_path = folder + "/admin", folder + "/conf"
        self.config = copy.deepcopy(CONFIG)
        make_root(self.root)
        write_conf(self.config_path, folder)
        self.status = status_of(self.config_path)

    def put(self, *arguments, **words):
        put(self.root, *arguments, **words)

    def replace(self, path, old, new):
        with open(self.root + path, encoding="ascii") as file:
            text = file.read()
        assert old in text, (path, old)
        with open(self.root + path, "w", encoding="ascii") as file:
            file.write(text.replace(old, new))
        os.utime(self.root + path, (1, 1))

    def chmod(self, path, mode):
        os.chmod(self.root + path, mode)

    def chown(self, path, owner, group):
        os.chown(self.root + path, owner, group)

    def restart(self):
        """What a daemon that starts does: its sockets, and configuration and accounts read anew."""
        for path, owner in ((INSIDE, POSTFIX), (AUTH, EXIM)):
            if not os.path.lexists(self.root + path):
                put_socket(self.root, path, 0o660, owner, owner)
        self.status["started"] = int(time.time())
        for backend in self.status["backends"]:
            backend["up"] = "yes" if backend["type"] == "passwd" else backend["up"]

    def remove(self, path):
        (shutil.rmtree if os.path.isdir(self.root + path) else os.remove)(self.root + path)


def write_conf(path, folder):
    with open(path, "w", encoding="ascii") as file:
        file.write('user = "nobody"\nlog = stderr\ndefault_realm = "example.org"\n'
                   'state_directory = "/var/lib/sasl-reason"\nadmin_socket = "%s/admin"\n'
                   'key_file = ""\n'
                   'listener "%s" {\n}\nlistener "%s" {\n}\n'
                   'backend_passwd "unix" {\n}\n'
                   'realm "example.org" {\n\tbackends = {"unix"}\n}\n' % (folder, INSIDE, AUTH))
    os.utime(path, (1, 1))


@contextlib.contextmanager
def workplace():
    folder = tempfile.mkdtemp(prefix="doctor.")
    os.chmod(folder, 0o755)
    try:
        yield Place(folder)
    finally:
        shutil.rmtree(folder)


# --- the commands that mend ---------------------------------------------------------------------

# Those that are for a person: they show something, or begin with an editor.
BY_HAND = re.compile("editor |apt |less |df |grep |openssl |ldapwhoami |journalctl |timedatectl |(REDISCLI.*)?(redis|valkey)-cli |.*# when that is mended")
# In the place of programs that know the names of this machine, or would change it: names become the root's
# numbers, and who is a service manager only writes down that it was called.
STUB = """#!%s
import os, sys
root, names = os.environ["DOCTOR_ROOT"], {"root": 0, "sasl-reason": %d, "shadow": %d}
name = os.path.basename(sys.argv[0])
def number(word):
    owner = word.rstrip(":")
    return word if owner not in names else "%%d:%%d" %% ((names[owner],) * 2) if word != owner else str(names[owner])
if name in ("chown", "chgrp", "install"):
    os.execv("/usr/bin/" + name, [name, *map(number, sys.argv[1:])])
if name == "adduser":
    text = open(root + "/etc/group").read()
    line = next(l for l in text.splitlines() if l.startswith(sys.argv[2] + ":"))
    open(root + "/etc/group", "w").write(text.replace(line, line + ("" if line.endswith(":") else ",") + sys.argv[1]))
open(root + "/called", "a").write(" ".join([name, *sys.argv[1:]]) + "\\n")
""" % (sys.executable, OURS, SHADOW)


def make_stubs(folder):
    os.makedirs(folder, exist_ok=True)
    for name in ("chown", "chgrp", "install", "adduser", "systemctl", "sasl-reason", "postfix"):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(STUB)
        os.chmod(os.path.join(folder, name), 0o755)


def below(root, line):
    """The command with its files, which are not in quotes, below the root."""
    pieces = line.split("'")
    pieces[::2] = [re.sub(r"(?<=[ >])/(?=(etc|run|srv|usr|var)/)", root + "/", piece) for piece in pieces[::2]]
    return "'".join(pieces)


def obey(place, line):
    """Runs a command of the doctor; (exit status, what it said). The daemon does what it is told."""
    called = place.root + "/called"
    stubs = place.folder + "/stubs"
    make_stubs(stubs)
    open(called, "w", encoding="ascii").close()
    done = subprocess.run(["sh", "-c", below(place.root, line)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env={"PATH": stubs + ":/usr/sbin:/usr/bin:/sbin:/bin", "DOCTOR_ROOT": place.root,
                                           "MAIL_CONFIG": place.root + "/etc/postfix"})
    with open(called, encoding="ascii") as file:
        told = file.read()
    if re.search("^(systemctl (re)?start sasl-reason|sasl-reason reload)$", told, re.M):
        place.restart()
    for name in ("main.cf", "master.cf"):
        if os.path.exists(place.root + "/etc/postfix/" + name):
            os.utime(place.root + "/etc/postfix/" + name, (1, 1))
    return done.returncode, done.stdout + done.stderr


def mend_all(place, findings):
    """Obeys what can be: why one of them does not mend, or None. What one mend brings to light is mended too."""
    for _ in range(4):
        left = [f for f in findings if f["mend"] and not BY_HAND.match(f["mend"])]
        if not left:
            return None
        status, said = obey(place, left[0]["mend"])
        _, answer = examine(place)
        findings = answer["findings"]
        if status or any(f["what"] == left[0]["what"] for f in findings):
            return "%s\nexit %d\n%s\n%s" % (json.dumps(left[0]), status, said, json.dumps(answer))
    return "no end: " + json.dumps(findings)


def command(place, *words):
    done = subprocess.run([PROGRAM, "--socket", place.admin, "--json", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"findings": [], "well": [], "notes": [], "said": done.stdout + done.stderr}


DISK = re.compile(": (the disk is nearly full|no more files fit on the disk)$")


def examine(place, daemon=True, config=True):
    """(exit status, answer) without what the doctor says of this machine's own clock and disk.

    What is below the root is on this machine's disk, too."""
    answering = None
    if daemon:
        answering = Daemon(place.admin, {"status": place.status, "config": place.config})
        answering.start()
    words = ["--config", place.config_path] if config else []
    status, answer = command(place, "doctor", "--root", place.root, *words)
    if answering:
        answering.close()
    own = [f for f in answer["findings"] if f["check"] == "clock" or DISK.search(f["what"])]
    answer["findings"] = [f for f in answer["findings"] if f not in own]
    if own and status == 78 and not [f for f in answer["findings"] if f["state"] == "wrong"]:
        status = 0
    return status, answer


# --- the rows -------------------------------------------------------------------------------------

def listener_group(place):
    place.chown(INSIDE, 0, OURS)


def supplementary(place):
    """Postfix's smtpd gives up its further groups."""
    listener_group(place)
    place.replace("/etc/group", "sasl-reason:x:990:", "sasl-reason:x:990:postfix")


def absolute_in_chroot(place):
    place.replace("/etc/postfix/main.cf", "= private/sasl-reason", "= " + AUTH)
    place.chown(AUTH, 0, POSTFIX)


def absolute_without_chroot(place):
    absolute_in_chroot(place)
    place.put("/etc/postfix/master.cf", MASTER % "n")
    place.remove("/usr/sbin/exim4")


def chroot_by_default(place):
    """What "-" means follows from compatibility_level."""
    absolute_in_chroot(place)
    place.put("/etc/postfix/master.cf", MASTER % "-")
    place.replace("/etc/postfix/main.cf", "compatibility_level = 3.6", "compatibility_level = 0")


def no_chroot_by_default(place):
    absolute_without_chroot(place)
    place.put("/etc/postfix/master.cf", MASTER % "-")


def wrong_path(place):
    place.replace("/etc/postfix/main.cf", "= private/sasl-reason", "= private/auth")


def no_auth(place):
    """As Debian has it: the submission service is a comment, and libsasl2 is asked."""
    place.put("/etc/postfix/master.cf", "smtp inet n - y - - smtpd\n#submission inet n - y - - smtpd\n")
    place.put("/etc/postfix/main.cf", "".join(MAIN.splitlines(True)[:3]))


def auth_off(place):
    place.put("/etc/postfix/master.cf", "".join((MASTER % "y").splitlines(True)[:2]))


def cyrus(place):
    place.replace("/etc/postfix/main.cf", "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/sasl-reason",
                  "smtpd_sasl_type = cyrus\nsmtpd_sasl_path = smtpd")
    place.put("/etc/postfix/sasl/smtpd.conf", SASL % "private/sasl-reason")


def cyrus_without_file(place):
    cyrus(place)
    place.remove("/etc/postfix/sasl")


def cyrus_absolute(place):
    cyrus(place)
    place.put("/etc/postfix/sasl/smtpd.conf", SASL % AUTH)


def cyrus_first_line_counts(place):
    cyrus(place)
    place.put("/etc/postfix/sasl/smtpd.conf", "#reason_socket: x\nreason_socket: private/no\n" + SASL % "private/sasl-reason")


def exim(old, new):
    return lambda place: place.replace("/etc/sasl2/exim.conf", old, new)


def stock_exim(place):
    place.put("/usr/sbin/exim4", "stock", 0o755)
    place.remove("/etc/sasl2/exim.conf")


def stock_exim_shut_out(place):
    stock_exim(place)
    place.chown(AUTH, 0, 0)


def directory_down(place):
    place.status["backends"][1]["up"] = "no"


def passwd_down(place):
    place.status["backends"][0]["up"] = "no"


def certificate(days):
    def change(place):
        place.status["backends"][1]["certificate_until"] = int(time.time()) + days * DAY + 100
    return change


def newer_file(place):
    place.status["started"] = 100
    os.utime(place.config_path, (200, 200))


def append(place, text):
    with open(place.config_path, "a", encoding="ascii") as file:
        file.write(text)
    os.utime(place.config_path, (1, 1))


def odd_configuration(place):
    append(place, 'backend_file "users" {\n\tpath = "/nowhere/users"\n}\n'
           'realm "example.net" {\n\tbackends = {"users"}\n}\n')


def faulty_configuration(place):
    append(place, "no_such_key = 1\n")


def variables(place):
    """In the environment of the daemon it is good, as it says, and not in that of this shell."""
    append(place, 'log_level = "${LEVEL}"\n')


def other_port(place):
    place.config["backends"][1]["uris"] = ["ldap://ldap.example.org:3890/"]
    certificate(13)(place)


def no_key_beside_app_passwords(place):
    for name in ("credentials.sqlite", "credentials.sqlite-wal"):
        place.put("/var/lib/sasl-reason/" + name, "", 0o600, OURS, OURS)
    place.remove("/var/lib/sasl-reason/key")


def fleet(uri):
    def change(place):
        for name in ("key", "pw"):
            with open(os.path.join(place.folder, name), "w", encoding="ascii") as file:
                file.write("k" * 32)
            os.chmod(file.name, 0o600)
        with open(place.config_path, encoding="ascii") as file:
            text = file.read().replace('key_file = ""', 'key_file = "%s/key"' % place.folder)
        store = (uri % place.folder if "%s" in uri else uri).replace('", ', '"\n\t')
        with open(place.config_path, "w", encoding="ascii") as file:
            file.write(text + 'store "valkey" {\n\turi = "%s"\n}\n' % store)
        os.utime(place.config_path, (1, 1))
        place.status["fleet"] = "away"
    return change


def set_status(**members):
    return lambda place: place.status.update(members)


def no_mtas(place):
    for path in ("/etc/postfix", "/usr/sbin/exim4", "/usr/lib/sm.bin"):
        place.remove(path)


WRONG, LESS = "wrong", "less"
# name, what is changed, and the findings wanted: (check, state, what it says, what the command has)
ROWS = [
    ("nothing", lambda place: None, []),
    ("no MTA", no_mtas, []),
    ("the listener's group", listener_group, [
        ("postfix", WRONG, r"submission/inet \(chrooted\) .*postfix\) may not use " + INSIDE + ".*0660.*root.*sasl-reason", "reload")]),
    ("the listener's group is one that Postfix gives up", supplementary, [("postfix", WRONG, "may not use", "reload")]),
    ("the listener's mode", lambda p: p.chmod(INSIDE, 0o600) or p.chown(INSIDE, 0, 0),
     [("postfix", WRONG, "may not use", 'group = "postfix"')]),
    ("a listener that nobody has made", lambda p: p.remove(INSIDE), [
        ("listeners", WRONG, INSIDE + " is not there", "systemctl restart"), ("postfix", WRONG, "is not there", "systemctl")]),
    ("a file in the listener's place", lambda p: p.remove(INSIDE) or p.put(INSIDE, "", 0o660, POSTFIX, POSTFIX),
     [("listeners", WRONG, "no socket", "rm " + INSIDE)]),
    ("a listener open to everybody", lambda p: p.chmod(AUTH, 0o666), [("listeners", LESS, "everybody", "mode = 0660")]),
    ("the folder above is shut", lambda p: p.chmod("/run/sasl-reason", 0o700), [
        ("exim", WRONG, "/run/sasl-reason has mode 0700", "chmod a.x /run/sasl-reason")]),
    ("outside of the chroot", absolute_in_chroot, [
        ("postfix", WRONG, "chroot /var/spool/postfix and cannot see .*" + AUTH, "smtpd_sasl_path=private/sasl-reason"),
        ("exim", WRONG, "may not use", "Debian-exim")]),
    ("the same path without a chroot", absolute_without_chroot, []),
    ("no chroot by default", no_chroot_by_default, []),
    ("a chroot by the old default", chroot_by_default, [("postfix", WRONG, "cannot see", "postconf -P"), ("exim", WRONG, "", "")]),
    ("a path that is none of ours", wrong_path, [("postfix", WRONG, "private/auth.*no listener", "private/sasl-reason")]),
    ("AUTH is off", auth_off, [("postfix", WRONG, "no service", "^postconf -P submission/inet/smtpd_sasl_auth_enable=yes")]),
    ("no submission service", no_auth, [("postfix", WRONG, "no service", "^postconf -M .*smtpd_sasl_auth_enable=yes")]),
    ("Postfix through libsasl2", cyrus, [("postfix", LESS, "fixed text", "smtpd_sasl_type=dovecot")]),
    ("... without smtpd.conf", cyrus_without_file, [("postfix", WRONG, "no smtpd.conf", "dovecot")]),
    ("... outside of the chroot", cyrus_absolute, [
        ("postfix", WRONG, "in the chroot /var/spool/postfix", "sed -i .*reason_socket: private/sasl-reason"),
        ("postfix", LESS, "fixed text", "")]),
    ("... the first line counts", cyrus_first_line_counts, [("postfix", WRONG, '"private/no"', "sed"), ("postfix", LESS, "", "")]),
    ("another PLAIN", exim("mech_list", "#mech_list"), [
        ("exim", WRONG, "no mech_list", "echo 'mech_list: PLAIN LOGIN' >>/etc/sasl2/exim.conf")]),
    ("other auxprop plugins", exim("auxprop_plugin: reason", "auxprop_plugin: sasldb"), [
        ("exim", WRONG, "auxprop_plugin", "sed -i 's|.auxprop_plugin:.*: reason|' /etc/sasl2/exim.conf")]),
    ("no auxprop_plugin", exim("auxprop_plugin: reason\n", ""), [("exim", WRONG, "auxprop_plugin", "echo 'auxprop_plugin: reason'")]),
    ("another socket", exim(AUTH, "/run/saslauthd/mux"), [("exim", WRONG, "/run/saslauthd/mux.*no listener", "reason_socket: " + AUTH)]),
    ("the default socket", exim("reason_socket: %s\n" % AUTH, "reason_mechs: PLAIN\n"), []),
    ("no plugin", lambda p: p.remove("/usr/lib/x86_64-linux-gnu/sasl2/libreason.so"), [
        ("exim", WRONG, "libreason.so", "apt install libsasl2-modules-reason"), ("sendmail", WRONG, "libreason.so", "apt install")]),
    ("an unreadable plugin", lambda p: p.chmod("/usr/lib/x86_64-linux-gnu/sasl2/libreason.so", 0o600), [
        ("libsasl2", WRONG, "everybody", "chmod a.r"), ("exim", WRONG, "libreason.so", ""), ("sendmail", WRONG, "libreason.so", "")]),
    ("Exim without the patch", lambda p: p.put("/usr/sbin/exim4", "", 0o755), [("exim", LESS, "own text only", "exim-.*patch")]),
    ("stock Exim with the ACL", stock_exim, [("exim", LESS, "initial response", "README")]),
    ("stock Exim, shut out", stock_exim_shut_out, [
        ("exim", LESS, "", ""), ("exim", WRONG, "no listener lets Exim", 'group = "Debian-exim"')]),
    ("sendmail without the patch", lambda p: p.put("/usr/lib/sm.bin/sendmail", "535 5.7.0 authentication failed", 0o755), [
        ("sendmail", LESS, "535 5.7.0", "sendmail-8.patch")]),
    ("sendmail without us", lambda p: p.remove("/etc/sasl2/Sendmail.conf"), [("sendmail", WRONG, "no Sendmail.conf", "install")]),
    ("shadow", lambda p: p.chown("/etc/shadow", 0, 0), [("shadow", WRONG, "/etc/shadow", "adduser sasl-reason shadow")]),
    ("shadow, by the group", lambda p: p.replace("/etc/group", "shadow:x:42:sasl-reason,nobody", "shadow:x:42:"), [
        ("shadow", WRONG, "/etc/shadow", "adduser sasl-reason shadow")]),
    ("a directory that is down", directory_down, [("backends", WRONG, '"directory" cannot', "ldapwhoami .*ldaps://ldap.example.org")]),
    ("accounts that cannot be read", passwd_down, [("backends", WRONG, '"unix" cannot', "adduser sasl-reason shadow")]),
    ("a certificate with 15 days", certificate(15), []),
    ("a certificate with 13 days", certificate(13), [("certificates", WRONG, "ends in 13 days", "ldap.example.org:636 ")]),
    ("a certificate behind another port", other_port, [
        ("certificates", WRONG, "ends in 13 days", "-connect ldap.example.org:3890 -starttls ldap ")]),
    ("a certificate that has ended", certificate(-2), [("certificates", WRONG, "has expired", "openssl")]),
    ("a journal that cannot be written", set_status(journal_failing=True), [("stores", WRONG, "journal", "df")]),
    ("app passwords of another key", set_status(credentials="failing", credentials_fault="made with another key"), [
        ("stores", WRONG, "app passwords get a temporary failure.*made with another key", "sasl-reason reload")]),
    ("no app passwords", set_status(credentials=None), []),
    ("decisions that were lost", set_status(lost=3), [("stores", LESS, "3 decisions are not in the journal", "journalctl")]),
    ("a fleet", set_status(fleet="connected"), []),
    ("a fleet that is away", fleet('unix:///run/valkey'), [("stores", WRONG, "Valkey", "^redis-cli -s /run/valkey ping$")]),
    ("a fleet with a password", fleet('valkey://mail@[::1]:6390/2", password_file = "%s/pw'), [
        ("stores", WRONG, "Valkey", r'^REDISCLI_AUTH="\$\(head -n 1 /.*/pw\)" redis-cli -h ::1 -p 6390 -n 2 --user mail ping$')]),
    ("a fleet at an address without a port", fleet('redis://[fd00::7]'), [("stores", WRONG, "Valkey", "^redis-cli -h fd00::7 ping$")]),
    ("a fleet with Valkey's own program", lambda p: fleet('valkey://10.0.0.1')(p) or p.put("/usr/bin/valkey-cli"), [
        ("stores", WRONG, "Valkey", "^valkey-cli -h 10.0.0.1 ping$")]),
    ("a fleet that the configuration does not have", set_status(fleet="away"), [("stores", WRONG, "Valkey", "^grep ")]),
    ("a newer configuration", newer_file, [("configuration", WRONG, "not in effect", "sasl-reason reload")]),
    ("a configuration with something odd", odd_configuration, [("configuration", LESS, "/nowhere/users", "editor")]),
    ("a configuration with a fault", faulty_configuration, [("configuration", WRONG, r"conf:\d+: .*no_such_key", "editor")]),
    ("variables of the daemon's environment", variables, []),
    ("the state directory is not there", lambda p: p.remove("/var/lib/sasl-reason"), [
        ("state", WRONG, "/var/lib/sasl-reason is not there", "install -d -m 0700 -o sasl-reason .*systemctl restart sasl-reason$"),
        ("state", WRONG, "key_file", "")]),
    ("nor one elsewhere, which the unit shuts", set_status(state_directory="/srv/sasl-reason"), [
        ("state", WRONG, "/srv/sasl-reason is not there", "systemctl restart sasl-reason .*ReadWritePaths")]),
    ("the state directory of somebody else", lambda p: p.chown("/var/lib/sasl-reason", 0, 0), [
        ("state", WRONG, "belongs to root, not to sasl-reason", "chown -R sasl-reason:")]),
    ("a store of somebody else", lambda p: p.put("/var/lib/sasl-reason/credentials.sqlite", "", mode=0o600), [
        ("state", WRONG, "credentials.sqlite belongs to root, not to sasl-reason", "chown sasl-reason: /var/lib/sasl-reason/credentials.sqlite")]),
    ("a store of the daemon", lambda p: p.put("/var/lib/sasl-reason/credentials.sqlite", "", 0o600, OURS, OURS), []),
    ("an open state directory", lambda p: p.chmod("/var/lib/sasl-reason", 0o750), [("state", WRONG, "0750", "chmod 0700")]),
    ("no state directory", set_status(state_directory=None), [("state", LESS, "no state_directory", "state_directory")]),
    ("an open key", lambda p: p.chmod("/var/lib/sasl-reason/key", 0o640), [("state", WRONG, "0640", "chmod 0600")]),
    ("a short key", lambda p: p.put("/var/lib/sasl-reason/key", "short", 0o600), [("state", WRONG, "16 octets", "urandom")]),
    ("a key of somebody else", lambda p: p.chown("/var/lib/sasl-reason/key", EXIM, 0), [("state", WRONG, "Debian-exim", "chown root:")]),
    ("no key", lambda p: p.remove("/var/lib/sasl-reason/key"), [("state", WRONG, "backup", "^.umask.*urandom.*systemctl restart")]),
    ("no key, beside what was made with it", no_key_beside_app_passwords, [
        ("state", WRONG, "made anew", r"^systemctl stop .*credentials.sqlite\* .*urandom.*systemctl start")]),
]


def matches(finding, wanted):
    check, state, what, mend = wanted
    return (finding["check"] == check and finding["state"] == state and bool(re.search(what, finding["what"]))
            and bool(re.search(mend, finding["mend"] or "")))


def test_rows():
    for name, change, wanted in ROWS:
        with workplace() as place:
            change(place)
            status, answer = examine(place)
            found = answer["findings"]
            unmended = mend_all(place, found)
        good = len(found) == len(wanted) and all(any(matches(f, w) for f in found) for w in wanted)
        good = good and status == answer["status"] or (good and status == 0)
        good = good and status == (78 if any(w[1] == WRONG for w in wanted) else 0)
        tap.ok(good, name, "exit %d" % status, answer.get("said", ""), *map(json.dumps, found))
        tap.ok(unmended is None, "%s: what is printed mends it" % name, unmended)


def test_variables():
    with workplace() as place:
        variables(place)
        _, answer = examine(place)
        notes = [n["what"] for n in answer["notes"] if n["check"] == "configuration"]
        tap.ok(len(notes) == 1 and "log_level" in notes[0] and "environment of this shell" in notes[0],
               "whose environment was looked at is said", notes)
        os.remove(place.admin)
        _, answer = examine(place, daemon=False)
        tap.ok(any(f["check"] == "configuration" and "environment of this shell" in f["what"] and
                   "systemctl restart" in f["mend"] for f in answer["findings"]),
               "without a daemon it may be why there is none", answer)


def test_well():
    """What was looked at and is well is said, and each finding has a command."""
    with workplace() as place:
        _, answer = examine(place)
        well = {(w["check"]) for w in answer["well"]} - {"clock"}
        tap.equal(well, {"daemon", "configuration", "backends", "stores", "listeners", "state", "shadow", "certificates",
                         "libsasl2", "postfix", "exim", "sendmail"}, "each check says what is well")
        no_mtas(place)
        os.remove(place.admin)
        _, answer = examine(place)
        tap.equal([n["what"] for n in answer["notes"]], ["Postfix is not here", "Exim is not here", "sendmail is not here"],
                  "what is not here is a note")


def test_away():
    """Without a daemon the rest is looked at all the same, by what sasl-reasond --print-config says."""
    with workplace() as place:
        status, answer = examine(place, daemon=False)
        tap.equal((status, [f["check"] for f in answer["findings"]]), (75, ["daemon"]), "nobody listens: 75", answer)
        tap.ok("there is no socket" in answer["findings"][0]["what"], "no socket")
        tap.ok(any(w["check"] == "postfix" for w in answer["well"]), "and Postfix was looked at")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(place.admin)
        stale.close()
        status, answer = examine(place, daemon=False)
        tap.equal((status, "nobody listens" in answer["findings"][0]["what"]), (75, True), "a stale socket: 75", answer)
        wrong_path(place)
        place.remove("/var/lib/sasl-reason")
        status, answer = examine(place, daemon=False)
        tap.equal((status, sorted(f["check"] for f in answer["findings"])), (75, ["daemon", "postfix"]),
                  "and what is wrong elsewhere is found", answer)
        with open(place.config_path, "a", encoding="ascii") as file:
            file.write("no_such_key = 1\n")
        status, answer = examine(place, daemon=False)
        faults = [f["what"] for f in answer["findings"] if f["check"] == "configuration"]
        tap.ok(status == 75 and len(faults) == 1 and "no_such_key" in faults[0], "a fault in the configuration is found", answer)


def test_broken_answers():
    for name, answers in (("not known", {"status": {"status": 64, "error": "no such command"}}),
                          ("empty", {"status": {}, "config": {}})):
        with workplace() as place:
            place.status, place.config = answers["status"], answers.get("config", {})
            status, answer = examine(place)
            tap.ok(status in (0, 75, 78) and "well" in answer and "said" not in answer, "an answer that is %s" % name, status, answer)


def test_check_config():
    with workplace() as place:
        status, answer = command(place, "check-config", "--config", place.config_path)
        tap.equal((status, answer["status"], answer["faults"]), (0, 0, []), "check-config: good", answer)
        odd_configuration(place)
        status, answer = command(place, "check-config", "-c", place.config_path)
        tap.ok((status, answer["faults"], len(answer["warnings"])) == (0, [], 1) and
               answer["warnings"][0].startswith(place.config_path + ":") and "/nowhere/users" in answer["warnings"][0],
               "check-config: good, but odd", answer)
        plain = subprocess.run([PROGRAM, "check-config", "--config", place.config_path], capture_output=True, text=True)
        tap.ok(plain.returncode == 0 and "\n".join(answer["warnings"]) in plain.stdout and "is good" in plain.stdout, "in words", plain)
        with open(place.config_path, "a", encoding="ascii") as file:
            file.write("no_such_key = 1\n")
        status, answer = command(place, "check-config", "--config", place.config_path)
        tap.ok((status, answer["status"], len(answer["faults"])) == (78, 78, 1) and
               re.match(re.escape(place.config_path) + r":\d+: .*no_such_key", answer["faults"][0]),
               "check-config: a fault with its line", answer)
        status, answer = command(place, "check-config", "--config", place.folder + "/nowhere")
        tap.equal(status, 78, "check-config: no file", answer)
        plain = subprocess.run([PROGRAM, "check-config", "--config", place.config_path], capture_output=True, text=True)
        tap.ok(plain.returncode == 78 and "no_such_key" in plain.stdout + plain.stderr, "a fault in words", plain)


if os.geteuid() != 0:
    sys.exit("Bail out! root is needed")
PROGRAM = os.environ.get("SASL_REASON_CLI") or os.path.join(build(), "sasl-reason")
for test in (test_rows, test_variables, test_well, test_away, test_broken_answers, test_check_config):
    tap.run(test)
tap.done()
