"""The catalogue: packaged cards agree with what the networks' authors published; a user's cards survive."""

import dataclasses

import pytest

from alphacut.errors import ModelError, UnknownModel
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card, load_catalog
from alphacut.infer.predict import fit_for

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path


# As in the code that each network's authors, or rembg for the files that it exported, run.
@pytest.mark.parametrize(
    ("name", "side", "normalisation", "kind"),
    [
        ("isnet", 1024, HALF, "probability"),
        ("isnet-alphacut", 640, HALF, "probability"),
        ("isnet-anime", 1024, (IMAGENET[0], HALF[1]), "probability"),
        ("u2net", 320, IMAGENET, "probability"),
        ("u2netp", 320, IMAGENET, "probability"),
        ("silueta", 320, IMAGENET, "probability"),
        ("u2net-human", 320, IMAGENET, "probability"),
        ("birefnet", 1024, IMAGENET, "logits"),
        ("birefnet-lite", 1024, IMAGENET, "logits"),
        ("birefnet-portrait", 1024, IMAGENET, "logits"),
        ("birefnet-dis", 1024, IMAGENET, "logits"),
        ("birefnet-hrsod", 1024, IMAGENET, "logits"),
        ("birefnet-cod", 1024, IMAGENET, "logits"),
        ("birefnet-massive", 1024, IMAGENET, "logits"),
        ("birefnet-hr", 2048, IMAGENET, "logits"),
        ("birefnet-matting", 1024, IMAGENET, "logits"),
        ("birefnet-hr-matting", 2048, IMAGENET, "logits"),
        ("rmbg-2.0", 1024, IMAGENET, "probability"),
    ],
)
def test_a_network_is_fed_as_it_was_trained(name, side, normalisation, kind):
    card = find_card(name)
    assert (card.size, (card.mean, card.std), card.kind) == ((side, side), normalisation, kind)
    assert card.output == 0
    # None of them saw padding in training.
    assert card.fit != "letterbox"
    assert [side % card.multiple for side in card.size] == [0, 0]


def test_only_what_forbids_commercial_use_is_marked_so():
    assert [card.name for card in load_catalog().values() if not card.commercial] == ["rmbg-2.0"]


def test_no_two_networks_share_a_file_a_hash_or_an_address():
    cards = load_catalog().values()
    assert len({card.file for card in cards}) == len(cards)
    for field in ("url", "key", "package"):
        values = [
            getattr(source, field) for card in cards for source in card.sources if getattr(source, field)
        ]
        assert len(set(values)) == len(values)
    assert sum(len(card.hashes) for card in cards) == len(set().union(*(card.hashes for card in cards)))


def test_u2netp_is_not_offered_in_a_precision_that_changes_its_matte():
    assert find_card("u2netp").precisions == ("f32",)
    assert "bf16" in find_card("isnet").precisions


@pytest.mark.parametrize(
    ("typed", "meant"), [("isnt", "isnet"), ("U2NETP", "u2netp"), ("u2net_human", "u2net-human")]
)
def test_an_unknown_model_names_the_nearest(typed, meant):
    with pytest.raises(UnknownModel, match=f"Did you mean '{meant}'"):
        find_card(typed)


def test_an_unknown_model_far_from_all_lists_them():
    with pytest.raises(UnknownModel, match="Known: isnet, isnet-alphacut, u2net, u2netp") as caught:
        find_card("zzzzzzzz")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["../isnet", "a/b", "..", "", "isnet.toml/..", "models/../isnet"])
def test_a_name_that_is_a_path_reads_no_file(name, home):
    (home / "isnet.toml").write_text("not a card")
    with pytest.raises(UnknownModel):
        find_card(name)


def test_a_network_that_knows_one_size_is_never_given_another(home):
    for card in load_catalog().values():
        if card.network.startswith("birefnet"):
            assert (card.fit, card.faster.size) == ("squash", card.size)
            for shape in ((100, 300), (5000, 80)):
                for flexible in (False, True):
                    assert fit_for(shape, card.faster, flexible).target == card.size[::-1]
    own = dataclasses.replace(find_card("birefnet-lite-2k"), fast={"size": (640, 640)})
    (home / "models/mine.toml").write_text(dump_card(own), encoding="utf-8")
    with pytest.raises(ModelError, match="keeps its size"):
        find_card("mine")


def test_a_users_own_card_may_say_where_a_person_gets_the_weights(home):
    source = Source("bring", url="https://example.org/net", member="weights.safetensors")
    card = dataclasses.replace(
        find_card("birefnet-hr"), name="mine", file="mine.onnx", size=(1536, 1024), sources=(source,)
    )
    (home / "models/mine.toml").write_text(dump_card(card), encoding="utf-8")
    assert find_card("mine") == card


def test_a_users_card_reads_back_as_it_was_written(home):
    card = dataclasses.replace(
        find_card("u2net"),
        name="mine",
        title='quotes " and \\ and ü and \x7f and\na second line and 🦊',
        size=(640, 480),
        mean=(0.1, 1e-7, 0.30000000000000004),
        commercial=False,
        precisions=("f16",),
        file="mine.onnx",
        sources=(
            Source("import", "sha256:" + "a" * 64, bytes=7),
            Source("url", "md5:" + "b" * 32, url="http://x/y"),
        ),
    )
    (home / "models/mine.toml").write_text(dump_card(card), encoding="utf-8")
    assert find_card("mine") == card
    assert list(load_catalog())[-1] == "mine"


def test_a_users_card_goes_before_a_packaged_one(home):
    card = dataclasses.replace(find_card("silueta"), title="my own")
    (home / "models/silueta.toml").write_text(dump_card(card), encoding="utf-8")
    assert find_card("silueta").title == "my own"
    assert len(load_catalog()) == 19


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "', 'titel = "', "lacks title"),
        ("output = 0", "output = 0\nsigmoid = true", "unknown sigmoid"),
        ("size = [320, 320]", "size = [320]", "size"),
        ("size = [320, 320]", "size = [true, 320]", "size"),
        ("multiple = 32", "multiple = 33", "multiple"),
        ("multiple = 32", "multiple = 0", "multiple"),
        ("std = [0.229,", "std = [0.0,", "std"),
        ('fit = "squash"', 'fit = "crop"', "fit"),
        ('precisions = ["f32", "bf16"]', "precisions = []", "precisions"),
        ('file = "u2net.onnx"', 'file = "../u2net.onnx"', "file"),
        ('hash = "sha256:', 'hash = "', "hash"),
        ('kind = "wheel"', 'kind = "torrent"', "torrent"),
        ('member = "rembg/u2net.onnx"', "", "member"),
        ('kind = "wheel"', 'kind = "bring"', "lacks url"),
        ('network = "u2net"', "network = 7", "network"),
        ('network = "u2net"', 'base = "isnet"', "both or neither"),
        ('network = "u2net"', 'base = "isnet"\nadapter = "../a.safetensors"', "adapter"),
        ('network = "u2net"', 'checkpoint = "md5:7"', "checkpoint"),
        ("output = 0", "output = -1", "output"),
        ("output = 0", "output = = 0", "cannot be used"),
    ],
)
def test_a_broken_card_says_its_file_and_what_is_wrong(home, old, new, said):
    text = dump_card(find_card("u2net"))
    assert old in text
    (home / "models/mine.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError, match=said) as caught:
        find_card("mine")
    assert str(home / "models/mine.toml") in str(caught.value)
    # Another model must not suffer from it.
    assert find_card("isnet").name == "isnet"
