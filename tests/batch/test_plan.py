"""Every photo gets a result of its own, and no photo is overwritten by a result."""

from pathlib import Path

import pytest

from alphacut.batch.plan import Job, plan
from alphacut.errors import OptionError


@pytest.fixture
def tree(tmp_path):
    for name in ("in/a.jpg", "in/a.png", "in/sub/a.jpg", "in/b.JPEG", "in/notes.txt", "in/.hidden/x.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def targets(jobs, root):
    return {str(job.source.relative_to(root)): str(job.target.relative_to(root)) for job in jobs}


def test_a_folder_is_mirrored_and_same_names_do_not_meet(tree):
    jobs = plan([str(tree / "in")], str(tree / "out"), "png")
    assert targets(jobs, tree) == {
        "in/a.jpg": "out/a-jpg.png",
        "in/a.png": "out/a-png.png",
        "in/b.JPEG": "out/b.png",
        "in/sub/a.jpg": "out/sub/a.png",
    }


def test_next_to_the_photos_and_the_last_results_are_no_photos(tree):
    (tree / "in/b-cutout.png").touch()
    jobs = plan([str(tree / "in")], None, "webp")
    assert targets(jobs, tree) == {
        "in/a.jpg": "in/a-cutout-jpg.webp",
        "in/a.png": "in/a-cutout-png.webp",
        "in/b.JPEG": "in/b-cutout.webp",
        "in/sub/a.jpg": "in/sub/a-cutout.webp",
    }


def test_two_folders_keep_apart(tree):
    jobs = plan([str(tree / "in/a.jpg"), str(tree / "in/sub")], str(tree / "out") + "/", "png")
    assert targets(jobs, tree) == {"in/a.jpg": "out/a.png", "in/sub/a.jpg": "out/sub/a.png"}


def test_names_that_differ_in_case_only_do_not_meet(tree):
    (tree / "in/B.tif").touch()
    named = [str(tree / "in/b.JPEG"), str(tree / "in/B.tif")]
    names = [str(job.target).casefold() for job in plan(named, str(tree / "out"), "png")]
    assert len(set(names)) == 2


def test_a_renamed_result_does_not_meet_a_photo_of_that_name(tree):
    (tree / "in/a-jpg.webp").touch()
    names = [job.target for job in plan([str(tree / "in")], str(tree / "out"), "png")]
    assert len(names) == len(set(names)) == 5


def test_one_photo_and_one_file(tree):
    photo = tree / "in/b.JPEG"
    assert plan([str(photo)], str(tree / "x.webp"), "png") == [Job(photo, tree / "x.webp")]
    assert plan([str(photo)], None, "png") == [Job(photo, tree / "in/b-cutout.png")]
    assert plan(["-"], None, "png") == plan(["-"], "-", "png") == [Job(None, None)]


def test_patterns_are_expanded_where_no_shell_did_it(tree):
    assert targets(plan([str(tree / "in/*.jp*g")], str(tree / "out"), "png"), tree) == {
        "in/a.jpg": "out/a.png"
    }


def test_a_missing_photo_stays_in_the_plan_to_fail_by_itself(tree):
    jobs = plan([str(tree / "gone.jpg"), str(tree / "in/b.JPEG")], str(tree / "out"), "png")
    assert [job.source.name for job in jobs] == ["gone.jpg", "b.JPEG"]


def test_a_link_that_leads_nowhere_stays_in_the_plan_to_fail_by_itself(tree):
    (tree / "in" / "lost.jpg").symlink_to("nowhere.jpg")
    (tree / "in" / "loop.jpg").symlink_to("loop.jpg")
    (tree / "in" / "folder.jpg").mkdir()
    names = {job.source.name for job in plan([str(tree / "in")], str(tree / "out"), "png")}
    assert {"lost.jpg", "loop.jpg"} < names
    assert "folder.jpg" not in names


def test_a_photo_named_twice_is_done_once(tree):
    assert len(plan([str(tree / "in/a.jpg")] * 2, str(tree / "out/"), "png")) == 1


@pytest.mark.parametrize("output", ["x.png", "-"])
def test_several_results_into_one_place_are_refused(tree, output):
    with pytest.raises(OptionError, match="cannot hold 4 results"):
        plan([str(tree / "in")], output, "png")


def test_a_folder_without_photos_is_said(tmp_path):
    with pytest.raises(OptionError, match="has no photos"):
        plan([str(tmp_path)], None, "png")


def test_the_name_of_standard_input():
    assert Job(None, None).name == "standard input"
    assert Job(Path("a.jpg"), None).name == "a.jpg"
