"""A signal is heard whatever the program is doing."""

import os
import signal
import subprocess
import sys

import pytest

ROUNDS = 200
WAITING = f"""
import signal
from alphacut.batch.interrupt import stopping

for number in range({ROUNDS}):
    with stopping(lambda: None, signals=[signal.SIGALRM]) as stop:
        # Somewhere in one of the many short waits, most of which is spent with the event's lock held.
        signal.setitimer(signal.ITIMER_REAL, 1e-3 + 1e-6 * number)
        while not stop.wait(0):
            pass
print("heard", number + 1)
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_a_signal_in_the_middle_of_a_wait_is_heard():
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=120)
    assert done.stdout == f"heard {ROUNDS}\n", done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_the_second_signal_does_what_it_did_before():
    from alphacut.batch.interrupt import stopping

    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append("before"))
    try:
        with stopping(lambda: seen.append("told"), signals=[signal.SIGUSR1]) as stop:
            signal.raise_signal(signal.SIGUSR1)
            assert stop.wait(10)
            signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert sorted(seen) == ["before", "before", "told"]
