# SPDX-License-Identifier: MIT
"""A sasl-reasond of a test's own, beside the lab's: the lab's program, a folder with all that it needs."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import lab

PROGRAM = os.path.join(lab.env["LAB_DIR"], "bin", "sasl-reasond")
CLI = os.path.join(lab.env["LAB_DIR"], "bin", "sasl-reason")


def on_term(number, _frame):
    """A test that takes too long ends what it has started: its sessions are not ended with it."""
    # timeout(1) says it to the process, and again to its group.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, on_term)


def free_port():
    """One of loopback that nobody has now, below those that the system hands out itself: it stays free while a server
    is away."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20000, 32000)))
                return probe.getsockname()[1]
            except OSError:
                pass


class Daemon:
    """Serves self.auth with `realms` (text of the configuration) and the accounts of a file, {PATH}."""

    def __init__(self, name, accounts, text, key):
        self.folder = tempfile.mkdtemp(prefix="sasl-reason-%s." % name)
        os.chmod(self.folder, 0o755)
        self.auth, self.admin, self.log = (self.folder + "/" + one for one in ("auth", "admin", "log"))
        self.state = self.folder + "/state"
        os.mkdir(self.state, 0o700)
        shutil.chown(self.state, "nobody")
        self.write("accounts", accounts)
        self.write("key", key)
        with open(self.folder + "/conf", "w", encoding="ascii") as file:
            file.write('user = nobody\nlog = stderr\nlog_level = info\nkey_file = "%s/key"\n'
                       'state_directory = "%s"\nadmin_socket = "%s"\n'
                       'listener "%s" {\n mode = 0600\n mechanisms = {PLAIN, LOGIN}\n}\n'
                       'backend_file accounts {\n path = "%s/accounts"\n}\n%s' % (
                           self.folder, self.state, self.admin, self.auth, self.folder, text))
        self.process = None

    def write(self, name, content):
        """A file for the daemon's user alone."""
        path = "%s/%s" % (self.folder, name)
        octets = content if isinstance(content, bytes) else content.encode()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(octets)
        shutil.chown(path, "nobody")
        return path

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-c", self.folder + "/conf", "--foreground"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        end = time.monotonic() + 15
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.settimeout(2)
                    probe.connect(self.auth)
                    if probe.recv(4096):
                        return self
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("it does not start: " + self.said())

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def cli(self, *words, want=0):
        done = subprocess.run([CLI, "--socket", self.admin, *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, check=False)
        if done.returncode not in (want if isinstance(want, tuple) else (want,)):
            raise lab.Refused("%s: %d\n%s%s" % (" ".join(words), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
