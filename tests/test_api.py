"""The library: same kind in, same kind out; one cutter for many threads; invariants of the whole way."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from alphacut import Cutter, Options, cut, remove
from alphacut.errors import DeviceMissing, NotFoundInput, OptionError, UnknownModel

TINY = Options(model="tiny")


def photo(value=200, shape=(40, 60)):
    return np.full((*shape, 3), value, np.uint8)


def opened(path):
    return Image.open(io.BytesIO(path.read_bytes()))


def test_bytes_give_bytes(home, astronaut):
    result = remove(astronaut, TINY)
    assert Image.open(io.BytesIO(result)).format == "PNG"
    assert Image.open(io.BytesIO(result)).mode == "RGBA"


def test_an_array_gives_an_array(home):
    assert remove(photo(), TINY).shape == (40, 60, 4)
    assert remove(photo(), Options(model="tiny", background="white")).shape == (40, 60, 3)
    assert remove(photo(), Options(model="tiny", matte=True)).shape == (40, 60)
    assert remove(photo().astype(np.uint16) * 257, TINY).dtype == np.uint16


def test_a_pil_image_gives_a_pil_image(home):
    image = Image.fromarray(photo())
    assert remove(image, TINY).mode == "RGBA"
    assert remove(image, Options(model="tiny", matte=True)).mode == "L"


def test_a_path_gives_the_path_of_the_cutout(home, tmp_path, astronaut):
    source = tmp_path / "me.jpg"
    source.write_bytes(astronaut)
    assert remove(source, TINY) == tmp_path / "me-cutout.png"
    assert remove(str(source), Options(model="tiny", format="webp")) == str(tmp_path / "me-cutout.webp")
    assert opened(tmp_path / "me-cutout.webp").size == (512, 512)
    assert source.read_bytes() == astronaut


def test_cut_on_save(home, tmp_path, astronaut):
    cutout = cut(astronaut, TINY)
    assert cutout.alpha.dtype == np.float32 and cutout.alpha.shape == (512, 512)
    assert cutout.foreground.shape == (512, 512, 3)
    saved = opened(cutout.on("white").save(tmp_path / "x.jpg"))
    assert (saved.format, saved.size) == ("JPEG", (512, 512))
    assert opened(cutout.save(tmp_path / "x.png")).mode == "RGBA"
    assert cutout.matte.pixels.shape == (512, 512, 1)


def test_jpeg_without_a_background_is_refused(home, tmp_path):
    with pytest.raises(OptionError, match="background"):
        cut(photo(), TINY).save(tmp_path / "x.jpg")
    assert not (tmp_path / "x.jpg").exists()


def test_the_matte_can_be_a_jpeg(home, tmp_path):
    cut(photo(), Options(model="tiny", matte=True)).save(tmp_path / "x.jpg")
    assert opened(tmp_path / "x.jpg").mode == "L"


def test_the_depth_of_the_photo_is_kept_unless_asked(home):
    deep = np.full((8, 8, 3), 40_000, np.uint16)
    assert cut(deep, TINY).picture().pixels.dtype == np.uint16
    eight = cut(deep, Options(model="tiny", depth=8)).picture().pixels
    assert eight.dtype == np.uint8 and eight[0, 0, 0] == round(40_000 / 257)
    up = cut(photo(200), Options(model="tiny", depth=16)).picture().pixels
    assert up.dtype == np.uint16 and up[0, 0, 0] == 200 * 257
    fine = cut(photo(200), Options(model="tiny", depth=16, matte=True)).picture().pixels
    assert fine.dtype == np.uint16


def test_white_on_white_stays_white_through_the_whole_way(home):
    # The answer of the network is soft everywhere here; composited on the colour it had, the photo comes back.
    ramp = np.repeat(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))[..., None], 3, axis=2)
    cutter = Cutter(TINY)
    alpha = cutter.cut(ramp).alpha
    assert 0 <= alpha.min() < 0.1 < 0.9 < alpha.max()
    white = cutter.cut(photo(255))
    assert np.all(white.on("white").picture().pixels == 255)


def test_an_empty_photo_gives_an_empty_matte_and_says_so(home):
    cutout = cut(photo(0), TINY)
    assert cutout.alpha.max() < 0.01
    assert "flat-photo" in [warning.code for warning in cutout.report.warnings]
    assert cutout.report.uncertainty > 0.9


def test_a_photo_that_is_already_cut_out(home):
    rgba = np.dstack([photo(255), np.full((40, 60), 255, np.uint8)])
    rgba[:20, :, 3] = 0
    kept = cut(rgba, Options(model="tiny", source_alpha="keep"))
    assert kept.alpha[0, 0] == 0 and kept.alpha[30, 30] == 1 and kept.report.model == ""
    replaced = cut(rgba, Options(model="tiny", source_alpha="replace"))
    assert replaced.alpha[0, 0] > 0.3
    multiplied = cut(rgba, Options(model="tiny", source_alpha="multiply"))
    assert multiplied.alpha[0, 0] == 0 and multiplied.alpha[39, 30] > 0.9


def test_the_report_says_what_ran(home):
    report = cut(photo(), TINY).report
    assert (report.model, report.engine, report.device, report.precision) == (
        "tiny",
        "openvino",
        "cpu",
        "f32",
    )
    assert {"decode", "load", "infer", "foreground"} <= set(report.milliseconds)


def test_two_requests_at_once_do_not_see_each_others_options(home):
    colours = ["white", "black", "red", "#00f"] * 8
    with Cutter(TINY) as cutter, ThreadPoolExecutor(8) as pool:
        one = {
            c: cutter.cut(photo(120), Options(model="tiny", background=c)).picture().pixels
            for c in set(colours)
        }
        many = pool.map(
            lambda c: cutter.cut(photo(120), Options(model="tiny", background=c)).picture().pixels, colours
        )
        for colour, pixels in zip(colours, many, strict=True):
            assert np.array_equal(pixels, one[colour])


def test_a_cutter_loads_a_network_once(home):
    with Cutter(TINY) as cutter, ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(lambda _: cutter.load(TINY)[0][1], range(16)))
    assert len({id(session) for session in sessions}) == 1


def test_wrong_model_and_missing_device(home):
    with pytest.raises(UnknownModel, match="isnet"):
        cut(photo(), Options(model="isnett"))
    with pytest.raises(DeviceMissing, match="openvino"):
        cut(photo(), Options(model="tiny", device="coreml"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1)])
def test_extreme_shapes(home, shape):
    cutout = cut(photo(128, shape), TINY)
    assert cutout.alpha.shape == shape
    assert len(cutout.encode()) > 0


def test_metadata_is_stripped_unless_kept(home):
    exif = Image.Exif()
    exif[0x010F] = "A Camera"
    exif[0x0112] = 6
    stream = io.BytesIO()
    Image.fromarray(photo()).save(stream, "jpeg", exif=exif)
    stripped = Image.open(io.BytesIO(remove(stream.getvalue(), TINY)))
    assert not stripped.getexif() and stripped.size == (40, 60)
    kept = Image.open(io.BytesIO(remove(stream.getvalue(), Options(model="tiny", keep_metadata=True))))
    assert dict(kept.getexif()) == {0x010F: "A Camera"} and kept.size == (40, 60)


def test_the_zip_holds_colour_and_alpha(home):
    import zipfile

    bundle = zipfile.ZipFile(io.BytesIO(cut(photo(), TINY).encode("zip")))
    assert Image.open(bundle.open("color.jpg")).mode == "RGB"
    assert Image.open(bundle.open("alpha.png")).mode == "L"


def test_edges_are_cleaned_as_asked(home):
    # Two discs of light on black: the network's answer is the light itself.
    row, column = np.indices((120, 200))
    light = (np.hypot(row - 60, column - 60) < 40) | (np.hypot(row - 60, column - 170) < 12)
    picture = np.repeat((light * 255).astype(np.uint8)[..., None], 3, axis=2)
    cutter = Cutter(TINY)

    def area(**changes):
        return cutter.cut(picture, Options(model="tiny", **changes)).alpha.sum()

    whole = area()
    assert area(shift=-2.0) < whole < area(shift=2.0)
    assert area(subjects="largest") == pytest.approx(np.pi * 40**2, rel=0.05)
    assert area(specks=0.5) == pytest.approx(area(subjects="largest"), rel=0.01)
    soft = cutter.cut(picture, Options(model="tiny", feather=6.0)).alpha
    assert ((soft > 0.1) & (soft < 0.9)).sum() > 2 * ((cutter.cut(picture).alpha % 1) > 0.1).sum() / 4


def test_despill_takes_the_green_out_of_the_edge(home):
    row, column = np.indices((100, 100))
    picture = np.where((np.hypot(row - 50, column - 50) < 30)[..., None], (200, 255, 200), 0).astype(np.uint8)
    plain, clean = (cut(picture, Options(model="tiny", despill=colour)) for colour in (None, "lime"))
    edge = (plain.alpha > 0.1) & (plain.alpha < 0.9)
    green = [
        int(c.foreground[edge][:, 1].mean()) - int(c.foreground[edge][:, 0].mean()) for c in (plain, clean)
    ]
    assert green[0] > 10
    assert green[1] < 3


@pytest.mark.parametrize("engine", ["openvino", "onnx"])
def test_a_cutter_takes_no_more_of_the_processor_than_it_is_given(home, engine):
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    options = Options(model="tiny", engine=engine)
    for _ in range(2):  # compiled, and then taken from the cache of compiled networks
        with Cutter(options, threads=1) as cutter:
            [(_, session)] = cutter.load(options)
        if engine == "openvino":
            assert session._compiled.get_property("INFERENCE_NUM_THREADS") == 1
        else:
            assert session._session.get_session_options().intra_op_num_threads == 1


def as_png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    return stream.getvalue()


def test_a_background_in_memory_is_the_one_on_the_disk(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stripes = np.zeros((30, 50, 3), np.uint8)
    stripes[:, ::10] = 255
    (tmp_path / "beach.png").write_bytes(as_png(stripes))
    options = Options(model="tiny", background="picture(beach.png, contain, #123)")
    with Cutter() as cutter:
        on_disk = cutter.cut(photo(90), options).picture().pixels
        (tmp_path / "beach.png").unlink()
        cutout = cutter.cut(photo(90), options, files={"beach.png": as_png(stripes)})
        assert np.array_equal(cutout.picture().pixels, on_disk)
        assert np.array_equal(
            cutout.on("white").on("beach.png").on(options.background).picture().pixels, on_disk
        )
        with pytest.raises(OptionError, match=r"beach\.png"):
            cutter.cut(photo(90), options)
        with pytest.raises(OptionError, match="background"):
            cutter.cut(photo(90), options, files={"beach.png": b"no picture"})


def test_listings_in_memory_are_neither_kept_nor_confused(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = Options(model="tiny", match="listing.png")

    def listing(height, width):
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[10:40, 10:40] = 255
        return as_png(pixels)

    def shape(files):
        return cutter.cut(photo(), options, files=files).picture().pixels.shape[:2]

    with Cutter() as cutter:
        assert shape({"listing.png": listing(60, 80)}) == (60, 80)
        assert shape({"listing.png": listing(90, 50)}) == (90, 50)
        with pytest.raises(NotFoundInput):
            shape(None)
        (tmp_path / "listing.png").write_bytes(listing(55, 66))
        assert shape(None) == (55, 66)
        assert shape({"listing.png": listing(60, 80)}) == (60, 80)
        assert shape(None) == (55, 66)


def test_a_canvas_is_bounded_as_a_photo_is(home):
    with pytest.raises(OptionError, match="3000×4000"):
        cut(photo(), Options(model="tiny", canvas="3000x4000", max_pixels=10_000_000)).picture()
