"""A signal is heard whatever the program is doing."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such signals there")
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
TWICE = """
import signal
from alphacut.batch.interrupt import stopping

signal.signal(signal.SIGUSR1, lambda *_: print("before"))
with stopping(lambda: print("told"), signals=[signal.SIGUSR1]) as stop:
    signal.raise_signal(signal.SIGUSR1)
    assert stop.wait(60)
    signal.raise_signal(signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
"""


def run(script):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)


def test_a_signal_in_the_middle_of_a_wait_is_heard():
    done = run(WAITING)
    assert done.stdout == f"heard {ROUNDS}\n", done.stderr


def test_the_second_signal_does_what_it_did_before():
    done = run(TWICE)
    assert done.stdout.splitlines() == ["told", "before", "before"], done.stderr
