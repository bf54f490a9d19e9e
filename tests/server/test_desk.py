"""The desk: no place is lost, no more is in work than allowed, and everybody gets a turn."""

import asyncio
import random
import threading
import time

import pytest

from alphacut.server.desk import OVERHEAD, Desk
from alphacut.server.problems import Busy, TooMany
from alphacut.server.settings import Settings


def settings(**changes):
    return Settings(**{"workers": 1, "queue": 10, "queue_each": 10, "patience": 30.0} | changes)


def with_desk(story, **changes):
    async def play():
        desk = Desk(settings(**changes))
        try:
            await asyncio.wait_for(story(desk), 60)
            await asyncio.wait_for(desk.drain(), 10)
            assert (desk.waiting, desk.working, desk.pixels) == (0, 0, 0)
        finally:
            desk.close()

    asyncio.run(play())


class Held:
    """Work that lasts until it is released."""

    def __init__(self):
        self.begun, self.free, self.unwanted = threading.Event(), threading.Event(), None

    def __call__(self, unwanted):
        self.unwanted = unwanted
        self.begun.set()
        assert self.free.wait(30)
        return "done"


async def start(desk, work, caller="a", pixels=1):
    task = asyncio.create_task(desk.run(caller, pixels, work))
    await asyncio.to_thread(work.begun.wait, 10)
    return task


def test_the_result_and_the_error_of_the_work_come_back():
    async def story(desk):
        assert await desk.run("a", 1, lambda unwanted: 42) == 42
        with pytest.raises(ZeroDivisionError):
            await desk.run("a", 1, lambda unwanted: 1 / 0)
        with pytest.raises(TimeoutError, match="its own"):
            await desk.run("a", 1, raising(TimeoutError("its own")))

    with_desk(story)


def raising(error):
    def work(unwanted):
        raise error

    return work


def test_a_full_queue_refuses_and_says_when_to_come_again():
    async def story(desk):
        work = Held()
        first = await start(desk, work)
        second = asyncio.create_task(desk.run("b", 1, lambda unwanted: 2))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="full queue") as caught:
            await desk.run("c", 1, lambda unwanted: 3)
        assert caught.value.wait > 0
        work.free.set()
        assert (await first, await second) == ("done", 2)

    with_desk(story, queue=1)


def test_no_queue_at_all_still_works():
    async def story(desk):
        assert await desk.run("a", 1, lambda unwanted: 1) == 1
        work = Held()
        first = await start(desk, work)
        with pytest.raises(Busy):
            await desk.run("a", 1, lambda unwanted: 1)
        work.free.set()
        await first

    with_desk(story, queue=0, queue_each=0)


def test_one_caller_cannot_fill_the_queue():
    async def story(desk):
        work = Held()
        tasks = [await start(desk, work)]
        tasks += [asyncio.create_task(desk.run("a", 1, lambda unwanted: 1)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await desk.run("a", 1, lambda unwanted: 1)
        tasks.append(asyncio.create_task(desk.run("b", 1, lambda unwanted: 1)))
        work.free.set()
        await asyncio.gather(*tasks)

    with_desk(story, queue_each=3)


def test_who_floods_delays_nobody_else_and_large_photos_count_as_many():
    order = []

    def work(name):
        return lambda unwanted: order.append(name)

    async def story(desk):
        held = Held()
        tasks = [await start(desk, held, "flood")]
        # One photo of "large" is as much as four of "small".
        large, small = 7 * OVERHEAD, OVERHEAD
        for caller, count, pixels in (("flood", 6, small), ("large", 3, large), ("small", 8, small)):
            tasks += [asyncio.create_task(desk.run(caller, pixels, work(caller))) for _ in range(count)]
            await asyncio.sleep(0)
        held.free.set()
        await asyncio.gather(*tasks)

    with_desk(story, queue=40)
    assert "small" in order[:3] and "large" in order[:3]
    before_second_large = order[: [i for i, name in enumerate(order) if name == "large"][1]]
    assert before_second_large.count("small") >= 3
    assert before_second_large.count("flood") >= 3


def test_impatience():
    async def story(desk):
        work = Held()
        first = await start(desk, work)
        with pytest.raises(Busy, match="in time"):
            await desk.run("b", 1, lambda unwanted: 1)
        assert desk.waiting == 0
        work.free.set()
        await first

    with_desk(story, patience=0.05)


def test_work_that_takes_too_long_is_given_up_and_its_place_kept_until_it_ends():
    async def story(desk):
        work = Held()
        with pytest.raises(Busy, match="gave up"):
            await desk.run("a", 1, work)
        assert work.unwanted.is_set()
        assert desk.working == 1
        work.free.set()

    with_desk(story, work_seconds=0.2)


def test_who_goes_away_frees_the_place():
    async def story(desk):
        work = Held()
        first = await start(desk, work)
        waiting = asyncio.create_task(desk.run("b", 1, lambda unwanted: 1))
        await asyncio.sleep(0)
        assert desk.waiting == 1
        waiting.cancel()
        await asyncio.sleep(0.01)
        assert desk.waiting == 0
        first.cancel()
        await asyncio.wait([first])
        assert work.unwanted.is_set() and desk.working == 1
        work.free.set()

    with_desk(story)


def test_who_goes_away_in_the_moment_of_the_turn():
    """Cancelled before, with and after the turn, in every order in one round of the loop."""

    async def story(desk):
        for steps in range(8):
            work = Held()
            first = await start(desk, work)
            second, third = (asyncio.create_task(desk.run("b", 1, lambda unwanted: 1)) for _ in range(2))
            await asyncio.sleep(0)
            work.free.set()
            for _ in range(steps):
                await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([first, second, third])
            assert third.result() == 1
            await desk.drain()

    with_desk(story)


def test_a_large_photo_is_done_alone_and_not_starved():
    seen = []

    async def story(desk):
        def work(pixels):
            def do(unwanted):
                seen.append((pixels, desk.pixels))
                time.sleep(0.002)

            return do

        tasks = []
        for i in range(30):
            pixels = 500 if i == 10 else 40
            tasks.append(asyncio.create_task(desk.run(f"{i % 3}", pixels, work(pixels))))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    with_desk(story, workers=3, pixels=100, queue=100, queue_each=100)
    assert all(sum_ <= 100 or sum_ == 500 for _, sum_ in seen)
    assert [pixels for pixels, _ in seen].index(500) < 29


@pytest.mark.parametrize("seed", range(6))
def test_nothing_leaks_under_a_storm(seed):
    chance = random.Random(seed)
    lock, running, most = threading.Lock(), set(), [0, 0]

    def work(key, pixels, seconds, fails):
        def do(unwanted):
            with lock:
                running.add((key, pixels))
                most[0] = max(most[0], len(running))
                if len(running) > 1:
                    most[1] = max(most[1], sum(p for _, p in running))
            unwanted.wait(seconds)
            with lock:
                running.remove((key, pixels))
            if fails:
                raise KeyError(key)

        return do

    async def one(desk, key):
        pixels = chance.choice([1, 10, 60, 300])
        task = asyncio.create_task(
            desk.run(f"{key % 5}", pixels, work(key, pixels, chance.random() * 0.02, chance.random() < 0.1))
        )
        if chance.random() < 0.4:
            await asyncio.sleep(chance.random() * 0.05)
            task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        kinds = (type(None), Busy, TooMany, KeyError, asyncio.CancelledError)
        assert isinstance(result, kinds), result

    async def story(desk):
        for _ in range(4):
            await asyncio.gather(*(one(desk, key) for key in range(60)))
            await asyncio.sleep(chance.random() * 0.02)

    with_desk(story, workers=3, pixels=100, queue=20, queue_each=8, patience=0.05)
    assert most[0] <= 3 and most[1] <= 100
    assert not running
