"""Token buckets: numbers worked out by hand."""

import pytest

from alphacut.server.rates import MOST_BUCKETS, Bucket, Meters, Rate


def test_a_bucket_gives_its_limit_at_once_and_refills_within_a_minute():
    bucket = Bucket(limit=60.0, level=60.0, at=0.0)
    assert bucket.take(60.0, 0.0) == 0.0
    assert bucket.take(1.0, 0.0) == bucket.wait(1.0, 0.0) == pytest.approx(1.0)
    assert bucket.take(1.0, 0.5) == pytest.approx(0.5)  # the attempt before took nothing
    assert bucket.take(1.0, 1.0) == 0.0
    assert bucket.take(60.0, 61.0) == 0.0
    assert bucket.take(60.0, 1000.0) == 0.0
    assert bucket.take(1.0, 1000.0) > 0.0  # more than the limit never gathers


def test_what_is_larger_than_the_limit_waits_for_a_full_bucket_and_is_paid_off_afterwards():
    bucket = Bucket(limit=60.0, level=59.0, at=0.0)
    assert bucket.take(90.0, 0.0) == pytest.approx(1.0)
    assert bucket.take(90.0, 1.0) == 0.0
    assert bucket.rate(1.0) == Rate(60, 0, 91)
    assert bucket.take(1.0, 1.0) == pytest.approx(31.0)


def test_what_a_caller_is_told():
    bucket = Bucket(limit=500.0, level=500.0, at=0.0)
    assert bucket.rate(0.0) == Rate(500, 500, 0)
    bucket.take(100.5, 0.0)
    assert bucket.rate(0.0) == Rate(500, 399, 13)
    bucket.give_back(1000.0)
    assert bucket.rate(0.0).remaining == 500


def test_a_clock_that_stands_still_or_goes_back_gives_nothing():
    bucket = Bucket(limit=60.0, level=0.0, at=10.0)
    assert bucket.take(1.0, 5.0) == pytest.approx(1.0)
    assert bucket.level == 0.0


def test_each_caller_has_its_own_bucket_and_their_number_is_bounded():
    meters = Meters()
    first = meters.bucket("photos", "a", 10.0)
    first.take(10.0, first.at)
    assert meters.bucket("photos", "a", 10.0) is first
    assert meters.bucket("photos", "b", 10.0).level == 10.0
    assert meters.bucket("requests", "a", 10.0).level == 10.0
    for number in range(MOST_BUCKETS):
        meters.bucket("photos", f"n{number}", 10.0)
    assert len(meters._buckets) == MOST_BUCKETS
