"""What a training keeps between two steps: averages, checkpoints, and what is no checkpoint of this run."""

import dataclasses
import math

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

from safetensors.torch import load_file  # noqa: E402

from alphacut.errors import OptionError, OutputError, WeightsCorrupt  # noqa: E402
from alphacut.training.adapter import add_adapters  # noqa: E402
from alphacut.training.config import Config, DataConfig, RunConfig  # noqa: E402
from alphacut.training.log import Log, read_log  # noqa: E402
from alphacut.training.state import Average, Course, State, load_state, save_state, save_weights  # noqa: E402

CONFIG = Config("u2netp", DataConfig(("photos",)), run=RunConfig(average=0.9))
CPU = torch.device("cpu")


def one_weight(value):
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(network.weight, value)
    return network


def state(value=0.0, decay=0.9):
    network = one_weight(value)
    optimizer = torch.optim.AdamW(network.parameters())
    return State(network, Average(network, decay), optimizer, torch.amp.GradScaler(enabled=False), Course())


def stepped(value):
    """A state that took one step of its optimiser."""
    made = state(value)
    made.network.weight.grad = torch.ones(1, 1)
    made.optimizer.step()
    made.average.update(made.network, made.course.step)
    made.course.step, made.course.best, made.course.checked = 1, 0.25, 0
    return made


def test_the_average_follows_slowly_and_faster_at_first():
    average, network = Average(one_weight(0.0), 0.9), one_weight(1.0)
    average.update(network, step=0)  # decay (1 + 0) / (10 + 0)
    assert average.network.weight.item() == pytest.approx(0.9)
    average.update(one_weight(2.0), step=1000)  # decay 0.9
    assert average.network.weight.item() == pytest.approx(0.9 * 0.9 + 0.1 * 2)


def test_counts_are_copied_and_statistics_are_averaged():
    average, network = Average(torch.nn.BatchNorm2d(1), 0.9), torch.nn.BatchNorm2d(1)
    network.running_mean.fill_(1)
    network.num_batches_tracked.fill_(7)
    average.update(network, step=1000)
    assert average.network.running_mean.item() == pytest.approx(0.1)
    assert average.network.num_batches_tracked.item() == 7


def test_without_a_decay_the_network_is_its_own_average():
    made = state(3.0, decay=0.0)
    assert made.average.network is made.network


def test_what_is_saved_comes_back_whole(tmp_path):
    before, after = stepped(3.0), state()
    save_state(before, tmp_path / "last.pt", CONFIG)
    load_state(after, tmp_path / "last.pt", CONFIG, CPU)
    assert after.course == before.course and [path.name for path in tmp_path.iterdir()] == ["last.pt"]
    assert torch.equal(after.network.weight, before.network.weight)
    assert torch.equal(after.average.network.weight, before.average.network.weight)
    one, other = (made.optimizer.state_dict() for made in (before, after))
    assert one["param_groups"] == other["param_groups"]
    assert all(torch.equal(one["state"][0][name], other["state"][0][name]) for name in one["state"][0])


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"gone/last\.pt: cannot be written"):
        save_state(state(), tmp_path / "gone" / "last.pt", CONFIG)


def test_no_checkpoint_is_the_beginning(tmp_path):
    made = state(3.0)
    load_state(made, tmp_path / "last.pt", CONFIG, CPU)
    assert made.course == Course() and made.network.weight.item() == 3


def garbage(whole):
    return b"no checkpoint at all"


def half(whole):
    return whole[: len(whole) // 2]


def empty(whole):
    return b""


@pytest.mark.parametrize("spoil", [garbage, half, empty], ids=lambda f: f.__name__)
def test_a_broken_checkpoint_is_named(tmp_path, spoil):
    path = tmp_path / "last.pt"
    save_state(stepped(3.0), path, CONFIG)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(WeightsCorrupt, match=r"last\.pt: is no checkpoint .*Delete it") as error:
        load_state(state(), path, CONFIG, CPU)
    assert "weights_only" not in str(error.value)


def test_another_program_s_checkpoint_is_named(tmp_path):
    torch.save({"model": {}}, tmp_path / "last.pt")
    with pytest.raises(WeightsCorrupt, match=r"last\.pt: is no checkpoint"):
        load_state(state(), tmp_path / "last.pt", CONFIG, CPU)


def test_another_configuration_is_refused_with_what_differs(tmp_path):
    save_state(stepped(3.0), tmp_path / "last.pt", CONFIG)
    other = dataclasses.replace(CONFIG, run=dataclasses.replace(CONFIG.run, rate=0.5, seed=1))
    made = state()
    with pytest.raises(
        OptionError, match=r"run\.rate was 0\.0001, is 0\.5; run\.seed was 0, is 1\. Give another folder"
    ):
        load_state(made, tmp_path / "last.pt", other, CPU)
    assert made.course == Course()


def test_what_changes_no_result_may_change(tmp_path):
    """Nor where the data lie: a run can be taken up on another machine."""
    save_state(stepped(3.0), tmp_path / "last.pt", CONFIG)
    run = dataclasses.replace(CONFIG.run, memory="small", checkpoint_every=7)
    other = Config("u2netp", DataConfig(("/elsewhere/photos",), workers=7), run=run)
    made = state()
    load_state(made, tmp_path / "last.pt", other, CPU)
    assert made.course.step == 1


def test_validations_are_judged_by_their_error():
    course = Course()
    for step, error in ((0, 0.5), (10, 0.4), (20, 0.45), (30, 0.4), (40, math.nan)):
        course.step = step
        course.judge(error)
        course.checked = step
    assert (course.first, course.best, course.best_step, course.stale) == (0.5, 0.4, 10, 3)
    assert course.stopped(3) and not course.stopped(4) and not course.stopped(0)


def test_the_log_is_cut_at_the_checkpoint(tmp_path):
    path = tmp_path / "log.jsonl"
    log = Log(path, Course(), lambda row: None)
    for row in (
        {"step": 0, "validation": {}},
        {"step": 1},
        {"step": 2},
        {"step": 2, "validation": {}},
        {"step": 3},
    ):
        log.write(row)
    with path.open("a") as file:
        file.write('{"step": 4, "lo')
    # The checkpoint of step 2 was written before its validation, which therefore comes again.
    Log(path, Course(step=2, checked=0), lambda row: None)
    assert read_log(path) == [{"step": 0, "validation": {}}, {"step": 1}, {"step": 2}]


def test_a_process_that_does_not_lead_writes_no_log(tmp_path):
    Log(tmp_path / "log.jsonl", Course(), None).write({"step": 1})
    assert not (tmp_path / "log.jsonl").exists()


def test_weights_are_written_by_their_plain_names_with_adapters_merged(tmp_path):
    network = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    plain = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    add_adapters(network, 2)
    for weight in [weight for weight in network.parameters() if weight.requires_grad]:
        torch.nn.init.constant_(weight, 0.5)
    image = torch.randn(1, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    answer = network.eval()(image)
    save_weights(network, tmp_path / "best.safetensors")
    kept = load_file(tmp_path / "best.safetensors")
    assert set(kept) == set(plain) and not torch.equal(kept["0.weight"], plain["0.weight"])
    other = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    other.load_state_dict(kept)
    assert torch.allclose(other.eval()(image), answer, atol=1e-5)
    assert torch.equal(network(image), answer)  # it can go on being trained
