"""Work in advance: in order, bounded, and nothing begun once nobody wants it."""

import itertools
import threading
import time

import pytest

from alphacut.ahead import in_advance, pumped


def test_results_come_in_order_whoever_is_first():
    def slow_first(n):
        time.sleep(0.02 if n % 4 == 0 else 0)
        return n * n

    for threads in (0, 1, 4):
        assert list(in_advance(slow_first, range(20), threads)) == [n * n for n in range(20)]


def test_no_more_is_begun_than_there_is_room_for():
    begun = []
    for given, _ in enumerate(in_advance(begun.append, range(50), 3, room=5), 1):
        assert len(begun) - given < 5


def test_an_error_comes_where_its_result_would():
    def work(n):
        if n == 3:
            raise ValueError("three")
        return n

    seen = []
    with pytest.raises(ValueError, match="three"):
        seen.extend(in_advance(work, range(9), 2))
    for number in in_advance(work, range(3), 2):
        seen.append(number)
    assert seen[-3:] == [0, 1, 2]


def test_closed_early_it_ends_its_threads_and_takes_nothing_more():
    before, taken = threading.active_count(), []
    numbers = (taken.append(n) or n for n in itertools.count())
    results = in_advance(abs, numbers, 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()
    assert threading.active_count() == before
    assert len(taken) < 10


def test_a_pump_runs_ahead_in_another_thread_and_stops_at_its_room():
    made = []

    def numbers():
        for n in range(20):
            made.append(threading.get_ident())
            yield n

    flow = pumped(numbers(), 4)
    assert next(flow) == 0
    end = time.monotonic() + 10
    while len(made) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert 4 <= len(made) <= 5
    assert list(flow) == list(range(1, 20))
    assert set(made) != {threading.get_ident()} and len(set(made)) == 1


def test_a_pump_passes_an_error_on_and_closes_what_it_runs():
    closed = threading.Event()

    def numbers():
        try:
            yield 1
            raise OSError("gone")
        finally:
            closed.set()

    flow = pumped(numbers(), 3)
    assert next(flow) == 1
    with pytest.raises(OSError, match="gone"):
        next(flow)
    assert closed.wait(5)
