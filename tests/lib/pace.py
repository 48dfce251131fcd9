# SPDX-License-Identifier: MIT
"""How much of its time a busy machine gives to a process."""
import threading
import time


class Metronome(threading.Thread):
    """How long this machine lets a process wait that wants to run: no measure of the daemon."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst, self.total, self.going = 0.0, 0.0, True
        self.start()

    def run(self):
        while self.going:
            begun = time.monotonic()
            time.sleep(0.05)
            late = time.monotonic() - begun - 0.05
            self.worst, self.total = max(self.worst, late), self.total + late

    def take(self):
        """What that costs a client and a server that wait for each other, since the last time."""
        late = max(2 * self.worst, self.total)
        self.worst, self.total = 0.0, 0.0
        return late

    def stop(self):
        self.going = False
        self.join()
        return self.take()
