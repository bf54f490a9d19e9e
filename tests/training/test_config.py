"""A configuration says what is wrong with it before anything is loaded; the page lists all of it."""

import dataclasses
import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed (extra train)")

from alphacut.errors import OptionError
from alphacut.training.config import Config, DataConfig, RunConfig, as_lines, fine_tune
from alphacut.training.config_file import read_config
from alphacut.training.losses import LOSSES, Objective

PAGE = Path(__file__).parents[2] / "docs" / "training.md"
WHOLE = """
network = "isnet"
init = "isnet"
[data]
train = ["one", "two.tar*3"]
validate = ["three"]
size = [640, 768]
shares = { flip = 1 }
[objective]
weights = { bce = 1, ssim = 0.5 }
[run]
steps = 7
rate = 1
precision = "bf16"
memory = "small"
"""


def read(folder, text):
    path = folder / "train.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_a_whole_file(tmp_path):
    config = read(tmp_path, WHOLE)
    assert config.data.train == (str(tmp_path / "one"), str(tmp_path / "two.tar*3"))
    assert config.data.validate == (str(tmp_path / "three"),)
    assert config.init == "isnet" and config.data.size == (640, 768)
    assert config.data.shares == {"flip": 1.0} and config.objective.weights == {"bce": 1.0, "ssim": 0.5}
    assert config.run == RunConfig(steps=7, rate=1.0, precision="bf16", memory="small")
    assert isinstance(config.run.rate, float) and isinstance(config.data.shares["flip"], float)


def test_weights_in_a_file_lie_beside_the_configuration(tmp_path):
    config = read(tmp_path, 'network = "isnet"\ninit = "mine.safetensors"\n[data]\ntrain = ["x"]\n')
    assert config.init == str(tmp_path / "mine.safetensors")


MINIMAL = 'network = "u2netp"\n[data]\ntrain = ["x"]\n'
WRONG = {
    "unknown-key": (MINIMAL + "[run]\nstepps = 1\n", r"run\.stepps: is no key .*steps"),
    "unknown-table": (MINIMAL + "[runs]\n", r"runs: is no key"),
    "no-data": ('network = "u2netp"\n', r"data: is missing"),
    "no-train": ('network = "u2netp"\n[data]\n', r"data\.train: is missing"),
    "empty-train": ('network = "u2netp"\n[data]\ntrain = []\n', r"data\.train: is empty"),
    "network": ('network = "resnet"\n[data]\ntrain = ["x"]\n', r"network: knows no 'resnet'.*isnet"),
    "text-for-number": (MINIMAL + '[run]\nsteps = "9"\n', r"run\.steps: expected a whole number, got '9'"),
    "fraction": (MINIMAL + "[run]\nsteps = 1.5\n", r"run\.steps: expected a whole number, got 1\.5"),
    "truth-for-number": (MINIMAL + "[run]\nrate = true\n", r"run\.rate: expected a number, got True"),
    "not-a-number": (MINIMAL + "[run]\nrate = nan\n", r"run\.rate: expected a number"),
    "text-for-list": ('network = "u2netp"\n[data]\ntrain = "x"\n', r"data\.train: expected a list"),
    "three-sides": (MINIMAL + "size = [1, 2, 3]\n", r"data\.size: expected a list of 2"),
    "table": (MINIMAL + "shares = 1\n", r"data\.shares: expected a table"),
    "share": (MINIMAL + "shares = { flip = 'x' }\n", r"data\.shares\.flip: expected a number"),
    "variation": (MINIMAL + "shares = { flop = 1 }\n", r"data\.shares: knows no flop.*flip"),
    "loss": (MINIMAL + "[objective]\nweights = { mse = 1 }\n", r"mse.*bce"),
    "precision": (MINIMAL + "[run]\nprecision = 'fp16'\n", r"run\.precision: expected one of f32, bf16, f16"),
    "multiple": (MINIMAL + "size = [320, 330]\n", r"data\.size: .*multiples of 32.*\[320, 320\]"),
    "zero-steps": (MINIMAL + "[run]\nsteps = 0\n", r"run\.steps: cannot be 0"),
    "negative": (MINIMAL + "[run]\nwarmup = -1\n", r"run\.warmup: cannot be -1"),
    "average": (MINIMAL + "[run]\naverage = 1.0\n", r"run\.average: cannot be 1\.0"),
    "hold": (MINIMAL + "hold = 1.0\n", r"data\.hold: cannot be 1\.0"),
    "norms-of-one": (
        MINIMAL + "[run]\nmemory='small'\nfreeze_norms=false\n",
        r"run\.memory small: .*one photo",
    ),
    "adapter-of-nothing": (MINIMAL + "[run]\nrank = 8\n", r"run\.rank: needs a model"),
    "toml": ("network = ", r"train\.toml: cannot be read"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_named_by_its_key(tmp_path, text, said):
    with pytest.raises(OptionError, match=said):
        read(tmp_path, text)


def test_no_such_file(tmp_path):
    with pytest.raises(OptionError, match=r"none\.toml: cannot be read"):
        read_config(tmp_path / "none.toml")


def test_the_fine_tune_of_one_line_is_an_adapter_that_stays_near_its_base():
    config = fine_tune("isnet", ["photos"])
    assert (config.network, config.init, config.run.rank) == ("isnet", "isnet", 8)
    assert config.data.hold > 0 and config.run.keep > 0 and config.run.freeze_norms
    with pytest.raises(OptionError, match="--data: is missing"):
        fine_tune("isnet", [])


def test_every_key_that_matters_tells_two_configurations_apart():
    plain = as_lines(Config("u2netp", DataConfig(("x",))))
    keys = {f"run.{field.name}" for field in dataclasses.fields(RunConfig)}
    keys |= {f"data.{field.name}" for field in dataclasses.fields(DataConfig)}
    keys |= {f"objective.{field.name}" for field in dataclasses.fields(Objective)} | {"network", "init"}
    named = {key for key in keys if any(line == key or line.startswith(f"{key}.") for line in plain)}
    assert keys - named == {"run.memory", "run.checkpoint_every", "data.workers"}


def rows(heading):
    """The first two columns of the table under a heading of the page."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n#")[0]
    return dict(re.findall(r"^\| `([\w.]+)` \| ([^|]*?) \|", part, re.MULTILINE))


def written(value):
    """A default as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize(
    ("name", "kind"), [("data", DataConfig), ("objective", Objective), ("run", RunConfig)]
)
def test_the_page_has_every_key_with_its_default(name, kind):
    said = {key: value for key, value in rows("The configuration").items() if key.startswith(f"{name}.")}
    fields = {f"{name}.{field.name}": field for field in dataclasses.fields(kind)}
    assert list(said) == list(fields)
    for key, field in fields.items():
        if isinstance(field.default, int | float | str):
            assert said[key].strip("`") == written(field.default), key


def test_the_page_has_every_loss():
    assert set(rows("Losses")) == {*LOSSES, "composition"}
