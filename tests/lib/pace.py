# SPDX-License-Identifier: MIT
"""How much of its time a busy machine gives to a process."""
import threading
import time


class Metronome(threading.Thread):
    """How long this machine lets a process wait that wants to run: no measure of the daemon."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst, self.going = 0.0, True
        self.start()

    def run(self):
        while self.going:
            begun = time.monotonic()
            time.sleep(0.05)
            self.worst = max(self.worst, time.monotonic() - begun - 0.05)

    def take(self):
        """The worst so far, twice: a client and a server wait. What was before is forgotten."""
        worst, self.worst = self.worst, 0.0
        return 2 * worst

    def stop(self):
        self.going = False
        self.join()
        return self.take()
