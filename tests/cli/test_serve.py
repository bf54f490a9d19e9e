"""The flags of `alphacut serve` are those of the settings."""

import dataclasses
import socket

import pytest

from alphacut.cli import main
from alphacut.cli.service_flags import NAMES, with_settings
from alphacut.server.settings import Settings


def test_every_setting_has_its_flag(capsys):
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    shown = capsys.readouterr().out
    for spec in dataclasses.fields(Settings):
        flag = f"--{NAMES.get(spec.name, spec.name).replace('_', '-')}"
        assert (f"{flag} " in shown) == (spec.name not in ("options", "salt")), flag


@pytest.mark.parametrize("flags", [["--workers", "0"], ["--queue", "-1"], ["--body-bytes", "0"]])
def test_values_that_cannot_be(capsys, flags):
    assert main(["serve", *flags]) == 2
    assert "The least is" in capsys.readouterr().err


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be listened on" in capsys.readouterr().err


def test_lists_and_what_is_not_given():
    taken = []

    @with_settings
    def command(settings):
        """Keep the settings."""
        taken.append(settings)

    names = [f"set_{spec.name}" for spec in dataclasses.fields(Settings) if spec.metadata]
    given = dict.fromkeys(names) | {"set_cors": "https://a.example, https://b.example,", "set_queue": 3}
    command(**given)
    assert taken[0].cors == ("https://a.example", "https://b.example")
    assert taken[0].queue == 3
    assert dataclasses.replace(taken[0], cors=(), queue=64, salt=b"") == Settings(salt=b"")


def test_what_one_of_several_processes_may_use():
    share = Settings(processes=4, workers=6, pixels=100, queue=10, memory=1000, connections=9).share()
    assert (share.workers, share.pixels, share.queue, share.memory, share.connections) == (2, 25, 3, 250, 3)
