"""What is shown in place of frames that did not come out of the decoder; written out by hand."""

from dataclasses import dataclass

from alphacut.video.read.bridge import Step, bridged


@dataclass(frozen=True)
class Image:
    name: str
    is_corrupt: bool = False


def shown(*steps):
    found = bridged(Step(tick, key, tuple((t, i) for t, i in images)) for tick, key, images in steps)
    return [(one.tick, one.image.name, bool(one.problem)) for one in found]


A, B, C, D = (Image(name) for name in "abcd")


def test_what_comes_out_is_shown():
    assert shown((0, True, [(0, A)]), (1, False, [(1, B)])) == [(0, "a", False), (1, "b", False)]


def test_what_comes_later_than_it_was_sent_is_no_loss():
    steps = (
        (0, True, []),
        (3, False, [(0, A)]),
        (1, False, [(1, B)]),
        (2, False, [(2, C)]),
        (None, False, [(3, D)]),
    )
    assert shown(*steps) == [(0, "a", False), (1, "b", False), (2, "c", False), (3, "d", False)]


def test_a_frame_that_does_not_come_is_the_one_before_it():
    assert shown((0, True, [(0, A)]), (1, False, []), (2, False, [(2, C)])) == [
        (0, "a", False),
        (1, "a", True),
        (2, "c", False),
    ]


def test_all_that_is_missing_at_the_end_is_the_last_one():
    assert shown((0, True, [(0, A)]), (1, False, []), (2, False, [])) == [
        (0, "a", False),
        (1, "a", True),
        (2, "a", True),
    ]


def test_a_corrupt_frame_is_the_good_one_before_it():
    broken = Image("x", is_corrupt=True)
    assert shown(
        (0, True, [(0, A)]), (1, False, [(1, broken)]), (2, False, [(2, broken)]), (3, False, [(3, B)])
    ) == [
        (0, "a", False),
        (1, "a", True),
        (2, "a", True),
        (3, "b", False),
    ]


def test_a_frame_that_comes_too_late_is_not_shown_twice():
    assert shown((0, True, [(0, A)]), (1, False, []), (2, False, [(2, C)]), (None, False, [(1, B)])) == [
        (0, "a", False),
        (1, "a", True),
        (2, "c", False),
    ]


def test_a_lost_beginning_is_the_first_good_frame_only_after_a_key_frame():
    assert shown((0, True, []), (1, False, [(1, B)])) == [(0, "b", True), (1, "b", False)]
    assert shown((0, False, []), (1, True, [(1, B)])) == [(1, "b", False)]


def test_nothing_decoded_shows_nothing():
    assert shown((0, True, []), (1, False, [])) == []
