"""Keys, rates, quotas and the ledger, with real servers, clients and processes."""

import asyncio
import concurrent.futures
import io
import json
import re
import sqlite3
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest
import requests
from PIL import Image

from alphacut import cli
from alphacut.errors import BrokenImage, OptionError, OutputError
from alphacut.server.accounts import Books, Caller, accounted
from alphacut.server.callers import FAILURES, neighbourhood
from alphacut.server.keys import FILE, Keys, Terms
from alphacut.server.problems import Busy
from alphacut.server.rates import Bucket


def photo(width=64, height=48):
    stream = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 200, np.uint8)).save(stream, "jpeg")
    return stream.getvalue()


def broken():
    """A photo that ends too early, which its header does not tell."""
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "jpeg")
    return stream.getvalue()[:2000]


def cut(server, key="", data=None, **headers):
    given = {"X-API-Key": key} if key else {}
    files = {"image": ("a.jpg", photo() if data is None else data)}
    return requests.post(f"{server.url}/v1/cutouts", files=files, headers=given | headers, timeout=30)


def rows(keys):
    with sqlite3.connect(keys.path) as database:
        return database.execute("SELECT key, route, model, pixels, ms, status FROM uses").fetchall()


def code_of(answer):
    return answer.json()["error"]["code"]


@pytest.fixture
def guarded(serve):
    """A server that needs a key, and its keys."""
    server = serve(keys=True)
    return server, server.service.keys.keys


def test_a_key_opens_and_a_revoked_one_does_not(guarded):
    server, keys = guarded
    assert cut(server).status_code == 401
    key = keys.new("shop", Terms())
    assert cut(server, key).headers["Content-Type"] == "image/png"
    assert cut(server, Authorization=f"Bearer {key}").status_code == 200
    assert cut(server, Authorization=f"bearer  {key} ").status_code == 200
    keys.revoke("shop")
    refused = cut(server, key)
    assert (refused.status_code, code_of(refused)) == (401, "NoKey")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert key not in refused.text


@pytest.mark.parametrize(
    "change", ["short", "other secret", "other hint", "upper", "word", "sql", "long", "basic"]
)
def test_a_wrong_key_opens_nothing(guarded, change):
    server, keys = guarded
    key = keys.new("shop", Terms())
    wrong = {
        "short": key[:-1],
        "other secret": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "other hint": "ac_00000000" + key[11:],
        "upper": key.upper(),
        "word": "letmein",
        "sql": "' OR 1=1 --",
        "long": "ac_" + "a" * 5000,
        "basic": "",
    }[change]
    headers = {"Authorization": f"Basic {key}"} if change == "basic" else {}
    assert cut(server, wrong, **headers).status_code == 401


def test_who_needs_a_key_and_has_made_none_is_told(serve, caplog):
    serve(keys=True)
    assert "alphacut keys new" in caplog.text


def test_a_refused_request_is_refused_before_its_body_is_read(guarded):
    server, _ = guarded
    answer = requests.post(f"{server.url}/v1/cutouts", data=b"no photo", timeout=10)
    assert answer.status_code == 401


def test_keys_are_needed_where_others_can_listen_in_and_not_on_loopback(serve):
    open_ = serve()
    assert cut(open_, "anything").status_code == 200
    assert open_.service.keys is None
    assert not (open_.service.settings.folder / FILE).exists()
    assert cut(serve(host="0.0.0.0")).status_code == 401
    assert cut(serve(host="0.0.0.0", keys=False)).status_code == 200


def test_the_ledger_has_one_row_a_photo_and_nothing_of_it(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms())
    assert cut(server, key, photo(80, 50)).status_code == 200
    assert cut(server, key, broken()).status_code == 422
    assert cut(server, key, b"no photo").status_code == 415
    assert cut(server).status_code == 401
    delivered, failed = rows(keys)
    assert delivered[:4] == (1, "/v1/cutouts", "tiny", 80 * 50)
    assert delivered[4] > 0 and delivered[5] == 200
    assert (failed[0], failed[3], failed[5]) == (1, 64 * 48, 422)
    (usage,) = keys.usage("shop")
    assert (usage.requests, usage.delivered, usage.megapixels) == (2, 1, 0.004)


def test_over_its_rate_of_requests_a_key_waits(guarded):
    server, keys = guarded
    key, other = keys.new("shop", Terms(rate=2)), keys.new("other", Terms())
    assert [cut(server, key).status_code for _ in range(3)] == [200, 200, 429]
    refused = cut(server, key)
    assert code_of(refused) == "TooMany"
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert cut(server, other).status_code == 200


def test_over_its_rate_of_megapixels_a_key_waits(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms(megapixels=2))
    statuses = [cut(server, key, data).status_code for data in (photo(), broken(), photo())]
    assert statuses == [200, 422, 429]  # a broken photo makes work too; below a megapixel each counts as one
    assert 1 <= int(cut(server, key).headers["Retry-After"]) <= 30


def test_processes_and_restarts_share_a_rate(tmp_path):
    first, second = Keys(tmp_path), Keys(tmp_path)
    waits = [keys.take(1, "requests", 0.002, 0.001)[0] for keys in (first, second, first)]
    assert waits[:2] == [0.0, 0.0] and 0.0 < waits[2] <= 30.0
    first.close()
    again = Keys(tmp_path)
    assert again.take(1, "requests", 0.002, 0.001)[0] > 0.0
    assert again.take(2, "requests", 0.002, 0.001)[0] == 0.0
    assert again.take(1, "megapixels", 0.002, 0.001)[0] == 0.0
    again.take(1, "requests", 0.002, -0.001)
    assert second.take(1, "requests", 0.002, 0.0)[1].level >= 0.001
    assert second.take(1, "requests", 0.002, 0.001)[0] == 0.0


def test_many_right_keys_at_once_are_no_guesses(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms())
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = pool.map(lambda _: cut(server, key, b"no photo").status_code, range(60))
    assert set(statuses) == {415}


def test_without_keys_an_address_has_a_rate(serve):
    server = serve(megapixels=2.0)
    assert [cut(server).status_code for _ in range(3)] == [200, 200, 429]
    server = serve(rate=1.0)
    assert [cut(server).status_code for _ in range(2)] == [200, 429]


def test_only_a_named_proxy_is_believed(serve):
    def statuses(server):
        addresses = ("198.51.100.1", "198.51.100.2", "10.0.0.9, 198.51.100.3", "10.0.0.8, 198.51.100.3")
        return [cut(server, **{"X-Forwarded-For": address}).status_code for address in addresses]

    assert statuses(serve(rate=1.0)) == [200, 429, 429, 429]
    # What a client writes at the left of the list is its own invention: it is the proxy's entry that counts.
    assert statuses(serve(rate=1.0, proxies=("127.0.0.0/8",))) == [200, 200, 200, 429]


def test_a_quota_is_spent_on_what_is_delivered_only(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms(quota=2))
    photos = (photo(), broken(), photo(), photo())
    assert [cut(server, key, data).status_code for data in photos] == [200, 422, 200, 402]
    assert keys.find(key).left == 0
    assert [row[-1] for row in rows(keys)] == [200, 422, 200]


def test_a_quota_is_not_overdrawn_by_many_at_once(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms(quota=3))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: cut(server, key).status_code, range(8)))
    assert statuses == [200] * 3 + [402] * 5
    assert keys.find(key).used == 3


def test_who_guesses_is_stopped(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms())
    statuses = {cut(server, f"ac_{'0' * 8}_{number:040x}").status_code for number in range(int(FAILURES))}
    assert statuses == {401}
    answer = cut(server, key)  # nor is a right key told apart now
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_right_keys_do_not_count_as_guesses(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms())
    assert {cut(server, key).status_code for _ in range(int(FAILURES) + 5)} == {200}


def test_an_address_of_ipv6_stands_for_its_network():
    assert neighbourhood("2001:db8:1:2:3:4:5:6") == neighbourhood("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert neighbourhood("2001:db8:1:3::1") != neighbourhood("2001:db8:1:2::1")
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1") == "192.0.2.1"


def test_the_files_hold_no_key_and_are_nobody_elses(tmp_path):
    keys = Keys(tmp_path / "folder")
    key = keys.new("shop", Terms())
    assert re.fullmatch(r"ac_[0-9a-f]{8}_[0-9a-f]{40}", key)
    secret = key.rpartition("_")[2].encode()
    with sqlite3.connect(keys.path) as held:  # an open one keeps the files beside it
        held.execute("SELECT * FROM keys").fetchall()
        files = list((tmp_path / "folder").iterdir())
        assert len(files) == 3
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert secret not in file.read_bytes() and bytes.fromhex(secret.decode()) not in file.read_bytes()
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path):
    Keys(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    Keys(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_name_has_one_key_until_it_is_revoked(tmp_path):
    keys = Keys(tmp_path)
    first = keys.new("shop", Terms())
    with pytest.raises(OptionError, match="has a key already"):
        keys.new("shop", Terms())
    keys.revoke("shop")
    second = keys.new("shop", Terms(quota=5))
    assert keys.find(first) is None
    assert keys.find(second).terms == Terms(quota=5)
    assert [key.revoked is None for key in keys.list()] == [False, True]
    for name in ("", "a b", "../a", "-x", "a" * 65, "a\n"):
        with pytest.raises(OptionError, match="is no name"):
            keys.new(name, Terms())
    for terms in (Terms(rate=0), Terms(megapixels=-1), Terms(quota=0), Terms(rate=float("nan"))):
        with pytest.raises(OptionError, match="cannot be limited"):
            keys.new("other", terms)
    with pytest.raises(OptionError, match="has no key"):
        keys.revoke("nobody")


def test_a_broken_file_is_said(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(OutputError, match="cannot be used"):
        Keys(tmp_path)


SPEND = """
import sys
from pathlib import Path
from alphacut.server.keys import Keys, Use
keys = Keys(Path(sys.argv[1]))
for _ in range(20):
    if keys.reserve(1):
        keys.settle(1, Use(1, "/v1/cutouts", "tiny", 1000, 1.0, 200))
"""


def test_several_processes_write_one_ledger(tmp_path):
    keys = Keys(tmp_path)
    keys.new("shop", Terms(quota=50))
    workers = [subprocess.Popen([sys.executable, "-c", SPEND, str(tmp_path)]) for _ in range(3)]
    assert [worker.wait(30) for worker in workers] == [0, 0, 0]
    assert len(rows(keys)) == keys.usage("shop")[0].delivered == keys.list()[0].used == 50


def test_a_ledger_that_is_locked_does_not_hold_up_who_needs_none(guarded):
    server, keys = guarded
    key = keys.new("shop", Terms())
    with sqlite3.connect(keys.path, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=cut, args=(server, key))
        waiting.start()
        assert cut(server).status_code == 401  # answered while the other waits for the file
        assert waiting.is_alive()
        writer.execute("ROLLBACK")
    waiting.join(20)
    assert [row[-1] for row in rows(keys)] == [200]


def run(capsys, *arguments):
    try:
        code = cli.main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    return code, capsys.readouterr().out


def test_the_command_makes_lists_and_revokes_keys_of_a_running_server(guarded, capsys):
    server, _ = guarded
    folder = ("--folder", str(server.service.settings.folder))
    code, out = run(capsys, "keys", "new", "shop", "--rate", "60", "--quota", "9", *folder)
    key = out.strip()
    assert code == 0 and cut(server, key).status_code == 200
    _, out = run(capsys, "keys", "list", *folder)
    assert out.startswith("shop") and key[:11] in out and key[12:] not in out
    assert "60 requests/min, 8 of 9 photos left" in out
    _, out = run(capsys, "keys", "list", "--json", *folder)
    (listed,) = json.loads(out)
    assert (listed["name"], listed["left"], listed["terms"]["rate"]) == ("shop", 8, 60.0)
    assert key[12:] not in out
    _, out = run(capsys, "keys", "usage", *folder)
    assert "1 photos, 0 failed" in out
    _, out = run(capsys, "keys", "usage", "shop", "--json", *folder)
    assert json.loads(out)[0]["delivered"] == 1
    assert run(capsys, "keys", "revoke", "shop", *folder)[0] == 0
    assert cut(server, key).status_code == 401
    assert run(capsys, "keys", "revoke", "shop", *folder)[0] == 2
    assert run(capsys, "keys", "usage", "nobody", *folder)[0] == 2


class Taken:
    """A ledger on its own event loop, with one key, as a photo's work is charged to it."""

    def __init__(self, folder, **terms):
        self.books = Books(Keys(folder))
        key = self.books.keys.find(self.books.keys.new("shop", Terms(**terms)))
        self.caller = Caller("key 1", "192.0.2.1", key, Bucket(10.0, 10.0, 0.0))

    def work(self, ending):
        async def run():
            async with accounted(self.caller, self.books, "/v1/cutouts", 3_000_000) as account:
                account.model = "tiny"
                await ending(account)

        asyncio.run(run())

    def end(self):
        """Return the ledger's statuses, photos counted, and what is left of the rate."""
        self.books.settle(self.caller.key, None).result()
        statuses = [row[-1] for row in rows(self.books.keys)]
        used = self.books.keys.list()[0].used + 1  # the settling above, which only waits for the others
        self.books.close()
        return statuses, used, self.caller.megapixels.level


@pytest.mark.parametrize(
    ("error", "statuses", "left"),
    [
        (BrokenImage("photo", "ends too early"), [422], 7.0),
        (Busy("the service", "has a full queue"), [], 10.0),
        (asyncio.CancelledError(), [499], 7.0),
        (ZeroDivisionError(), [500], 7.0),
    ],
)
def test_what_is_not_delivered_is_not_charged(tmp_path, error, statuses, left):
    taken = Taken(tmp_path, quota=5)

    async def ending(account):
        raise error

    with pytest.raises(type(error)):
        taken.work(ending)
    assert taken.end() == (statuses, 0, left)


def test_who_goes_away_before_the_work_begins_leaves_no_photo_counted(tmp_path):
    taken = Taken(tmp_path, quota=5)

    async def run():
        with sqlite3.connect(taken.books.keys.path, isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            task = asyncio.ensure_future(taken.books.reserve(taken.caller.key))
            await asyncio.sleep(0.2)  # its thread waits for the file now
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            writer.execute("ROLLBACK")

    asyncio.run(run())
    assert taken.end() == ([], 0, 10.0)
