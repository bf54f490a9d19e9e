"""A training of a real, tiny network: what is kept, what is said, and what may not change its result."""

import copy
import dataclasses
import json
from pathlib import Path
from threading import Event

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

import trainee  # noqa: E402
from alphacut.errors import DeviceMissing, InputError, ModelError, OptionError  # noqa: E402
from alphacut.networks import NETWORKS, build  # noqa: E402
from alphacut.networks.weights import load_weights  # noqa: E402
from alphacut.training.begin import begin  # noqa: E402
from alphacut.training.config import RunConfig  # noqa: E402
from alphacut.training.log import read_log  # noqa: E402
from alphacut.training.loop import train  # noqa: E402
from alphacut.training.step import SKIPS, rate_at  # noqa: E402
from alphacut.training.validate import Validation  # noqa: E402


@pytest.fixture(autouse=True)
def networks(home):
    with trainee.installed():
        yield


@pytest.fixture
def photos(tmp_path):
    return trainee.write_photos(tmp_path / "photos")


def losses(out):
    return [row["loss"] for row in read_log(out / "log.jsonl") if "loss" in row]


def checks(out):
    return [(row["step"], row["validation"]) for row in read_log(out / "log.jsonl") if "validation" in row]


def weights(path):
    network = build("trainee")
    load_weights(network, path)
    return network.state_dict()


def test_it_learns_and_keeps_its_best(photos, tmp_path):
    finish = train(trainee.config(photos, steps=60, validate_every=20), tmp_path / "run")
    scores = checks(tmp_path / "run")
    assert [step for step, _ in scores] == [0, 20, 40, 60]
    first, best = scores[0][1]["mae"], min(score["mae"] for _, score in scores)
    assert best < first / 2
    assert finish.complete and finish.sentence.startswith(f"60 steps: MAE from {first:.4f} to {best:.4f}")
    assert np.mean(losses(tmp_path / "run")[-5:]) < np.mean(losses(tmp_path / "run")[:5]) / 2


def test_a_step_says_what_it_did(photos, tmp_path):
    train(trainee.config(photos, steps=3), tmp_path / "run")
    row = read_log(tmp_path / "run" / "log.jsonl")[1]
    assert row["loss"] == pytest.approx(row["bce"] + row["iou"])
    assert row["norm"] > 0 and row["seconds"] > 0 and (row["step"], row["broken"]) == (1, 0)


def test_what_never_improves_keeps_what_it_began_with(photos, tmp_path):
    config = trainee.config(photos, rate=1e-11, average=0.0, freeze_norms=True, validate_every=1, patience=3)
    torch.manual_seed(config.run.seed)
    begun = begin(config).state_dict()
    # So small a rate changes nothing that could be seen; three validations later it is over.
    finish = train(config, tmp_path / "run")
    assert finish.sentence.startswith(
        "3 steps of 8, the last 3 validations brought nothing: no validation was better"
    )
    assert all(torch.equal(tensor, begun[name]) for name, tensor in weights(finish.best).items())


def test_without_validation_the_last_weights_are_kept(photos, tmp_path):
    config = trainee.config(photos, data={"hold": 0.0}, average=0.0)
    finish = train(config, tmp_path / "run")
    kept = torch.load(tmp_path / "run" / "last.pt", weights_only=True)["network"]
    assert "nothing was held back" in finish.sentence and checks(tmp_path / "run") == []
    assert all(torch.equal(tensor, kept[name]) for name, tensor in weights(finish.best).items())


@pytest.mark.parametrize(
    "one, other",
    [
        ({"batch": 4}, {"batch": 2, "accumulate": 2}),
        ({"batch": 4}, {"batch": 4, "memory": "small"}),
        ({"batch": 2, "accumulate": 2}, {"batch": 2, "accumulate": 2, "memory": "small"}),
        ({"batch": 4}, {"batch": 4, "data": {"workers": 2}}),
        ({"batch": 4}, {"batch": 4, "checkpoint_every": 1, "validate_every": 1}),
    ],
    ids=["accumulate", "small", "accumulate-small", "workers", "checkpoints"],
)
def test_how_it_is_computed_changes_nothing(photos, tmp_path, one, other):
    for name, run in (("one", one), ("other", other)):
        train(trainee.config(photos, **{"freeze_norms": True} | run), tmp_path / name)
    assert losses(tmp_path / "one") == pytest.approx(losses(tmp_path / "other"), rel=1e-4)


def test_small_memory_keeps_no_insides_of_the_stages(photos, tmp_path):
    """The network of the catalogue, whose stages compute their insides twice, gives the same gradients."""
    from alphacut.training.memory import forget_insides

    image = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    gradients, answers = [], []
    for small in (False, True):
        torch.manual_seed(0)
        network = build("u2netp").train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
        if small:
            forget_insides(network)
        kept = []

        def keep(tensor, kept=kept):
            kept.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            total = sum(logits.mean() for logits in network(image).logits)
        total.backward()
        with torch.inference_mode():
            answers.append(copy.deepcopy(network).eval()(image))
        gradients.append((sum(kept), [weight.grad for weight in network.parameters()]))
    (usual, plain), (less, again) = gradients
    assert less < usual / 3 and torch.equal(*answers)
    assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-7) for a, b in zip(plain, again, strict=True))


def test_an_adapter_is_kept_merged_and_by_itself(photos, tmp_path):
    """The merged weights are a plain network's, of which only the convolutions were changed."""
    run = {"rank": 2, "freeze_norms": True, "steps": 40, "validate_every": 20}
    config = trainee.config(photos, init="trainee", **run)
    begun = begin(config).state_dict()
    finish = train(config, tmp_path / "run")
    merged = weights(finish.best)
    assert finish.adapter == tmp_path / "run" / "adapter.safetensors" and finish.adapter.is_file()
    changed = {name for name, tensor in merged.items() if not torch.equal(tensor, begun[name])}
    assert changed == {"seen.weight", "seen.bias", "answer.weight", "answer.bias"}
    scores = dict(checks(tmp_path / "run"))
    network = build("trainee")
    network.load_state_dict(merged)
    again, _ = Validation(config).scores(network)
    assert again == pytest.approx(min(scores.values(), key=lambda score: score["mae"]), abs=1e-5)
    assert again["mae"] < scores[0]["mae"]


def test_bf16_learns_and_f16_needs_a_gpu(photos, tmp_path):
    train(trainee.config(photos, precision="bf16"), tmp_path / "bf16")
    train(trainee.config(photos), tmp_path / "f32")
    assert losses(tmp_path / "bf16") != losses(tmp_path / "f32")
    assert losses(tmp_path / "bf16") == pytest.approx(losses(tmp_path / "f32"), rel=0.1)
    if not torch.cuda.is_available():
        with pytest.raises(DeviceMissing, match="f16: needs a GPU"):
            train(trainee.config(photos, precision="f16"), tmp_path / "f16")


def test_a_step_without_a_number_is_left_out_and_many_end_it(photos, tmp_path, monkeypatch):
    class Sick(torch.nn.Module):
        """Gives infinity in its third step, or from then on."""

        def __init__(self, always):
            super().__init__()
            self.inner, self.always, self.steps = build("trainee"), always, 0

        def forward(self, x):
            outputs = self.inner(x)
            if not self.training:
                return outputs
            self.steps += 1
            ill = self.steps == 3 or (self.always and self.steps > 3)
            return outputs._replace(logits=(outputs.logits[0] * (float("inf") if ill else 1),))

    monkeypatch.setitem(NETWORKS, "trainee-dropout", lambda: Sick(always=False))
    config = trainee.config(photos, "trainee-dropout", freeze_norms=True, validate_every=100)
    train(config, tmp_path / "once")
    rows = [row for row in read_log(tmp_path / "once" / "log.jsonl") if "loss" in row]
    assert [row["step"] for row in rows if row.get("skipped")] == [3]
    assert all(np.isfinite(row["loss"]) for row in rows if row["step"] != 3)

    monkeypatch.setitem(NETWORKS, "trainee-dropout", lambda: Sick(always=True))
    long = dataclasses.replace(config, run=dataclasses.replace(config.run, steps=100))
    with pytest.raises(ModelError, match=rf"step {SKIPS + 2}: .*Lower run.rate"):
        train(long, tmp_path / "ever")


def test_holding_the_first_answer_holds_it_where_it_was_right(photos, tmp_path):
    """A network that is right already moves less while it is held than while it is not."""
    begun = train(trainee.config(photos, steps=80, validate_every=80), tmp_path / "begun").best
    moved = {}
    for keep in (0.0, 100.0):
        config = dataclasses.replace(
            trainee.config(photos, keep=keep, steps=20, average=0.0, freeze_norms=True), init=str(begun)
        )
        train(config, tmp_path / str(keep))
        last = torch.load(tmp_path / str(keep) / "last.pt", weights_only=True)["network"]
        moved[keep] = sum(float((last[name] - tensor).abs().sum()) for name, tensor in weights(begun).items())
    assert (
        read_log(tmp_path / "100.0" / "log.jsonl")[1]["keep"] == 0
    )  # before the first step nothing has moved
    assert 0 < moved[100.0] < moved[0.0]


def test_broken_photos_are_counted(photos, tmp_path):
    broken = sorted((Path(photos) / "images").iterdir())[:6]
    for path in broken:
        path.write_bytes(path.read_bytes()[:60])
    train(trainee.config(photos), tmp_path / "run")
    rows = read_log(tmp_path / "run" / "log.jsonl")
    assert sum(row.get("broken", 0) for row in rows) > 0
    unreadable = [row["unreadable"] for row in rows if "validation" in row]
    assert len(set(unreadable)) == 1


def test_photos_of_which_none_can_be_read_are_an_error(photos, tmp_path):
    for path in (Path(photos) / "images").iterdir():
        path.write_bytes(b"no photo")
    with pytest.raises(InputError):
        train(trainee.config(photos), tmp_path / "run")


def test_asked_to_stop_it_ends_after_the_step_at_work(photos, tmp_path):
    stop = Event()
    config = trainee.config(photos, "trainee-dropout", accumulate=2)
    finish = train(
        config, tmp_path / "run", lambda row: row["step"] == 4 and "loss" in row and stop.set(), stop
    )
    assert not finish.complete and "stopped after step 4 of 8" in finish.sentence
    assert [step for step, _ in checks(tmp_path / "run")] == [0]
    finish = train(config, tmp_path / "run")
    assert finish.complete and [step for step, _ in checks(tmp_path / "run")] == [0, 4, 8]
    train(config, tmp_path / "whole")
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")
    assert checks(tmp_path / "run") == checks(tmp_path / "whole")


def test_a_run_that_is_done_stays_as_it_is(photos, tmp_path):
    config = trainee.config(photos)
    first = train(config, tmp_path / "run")
    log = (tmp_path / "run" / "log.jsonl").read_text()
    assert train(config, tmp_path / "run") == first
    assert (tmp_path / "run" / "log.jsonl").read_text() == log


def test_the_rate_rises_in_a_line_and_falls_as_a_cosine():
    run = RunConfig(steps=110, warmup=10, rate=1.0)
    rates = [rate_at(step, run) for step in range(111)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3]) and rates[10] == 1
    assert rates[60] == pytest.approx(0.01 + 0.99 / 2) and rates[110] == pytest.approx(0.01)


def test_weights_from_onnx_keep_their_normalisations(photos):
    from alphacut.training.config import Config, DataConfig

    path = Path(photos) / "any.onnx"
    path.write_bytes(b"")
    config = Config("u2netp", DataConfig((photos,)), str(path), run=RunConfig(freeze_norms=False))
    with pytest.raises(OptionError, match="freeze_norms = false: does not go with weights from ONNX"):
        begin(config)


def test_the_mask_encoder_is_learned_once(photos, tmp_path, monkeypatch):
    """ISNet's first stage: its answers become the masks, and a run that is taken up does not learn it again."""
    from alphacut.training.config import Config, DataConfig
    from alphacut.training.masks import learn_masks
    from alphacut.training.place import Place

    data = DataConfig((photos,), size=(64, 64), workers=0)
    config = Config("isnet", data, run=RunConfig(steps=2, batch=2))
    place = Place(0, 1, torch.device("cpu"))
    torch.manual_seed(0)
    learned = learn_masks(config, tmp_path, place)
    again = learn_masks(config, tmp_path, place)
    assert all(torch.equal(a, b) for a, b in zip(learned.parameters(), again.parameters(), strict=True))
    assert not any(weight.requires_grad for weight in again.parameters()) and not again.training


def test_each_row_is_told_as_it_stands_in_the_log(photos, tmp_path):
    told = []
    train(trainee.config(photos), tmp_path / "run", told.append)
    assert json.loads(json.dumps(told)) == read_log(tmp_path / "run" / "log.jsonl")
