"""Every preset on real photos, from the photo's file to the finished one: does it pass the marketplace's check?

    python bench/listings.py PHOTO... [--shadow contact]

Without photos, scikit-image's. The largest file is given as a share of what the marketplace takes; the last rows
ask for files of 60 kB, which the quality search must reach.
"""

import argparse
import dataclasses
from pathlib import Path

from PIL import Image
from skimage import data

from alphacut import Cutter, Options
from alphacut.compose.check import check_file
from alphacut.compose.present import with_preset
from alphacut.compose.presets import find_preset, preset_names

SMALL = 60_000


def own_photos(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for photo in (data.astronaut, data.cat, data.coffee, data.rocket):
        Image.fromarray(photo()).save(folder / f"{photo.__name__}.jpg", quality=92)
    return sorted(folder.glob("*.jpg"))


def finished(cutout, options):
    options = with_preset(options)
    shown = dataclasses.replace(cutout, options=options)
    return shown.encode(options.format)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--shadow", default="none")
    asked = parser.parse_args()
    photos = asked.photos or own_photos(Path(".cache/bench/listings"))
    names = preset_names()
    failed = {name: [] for name in names}
    warned = dict.fromkeys(names, 0)
    largest = dict.fromkeys(names, 0)
    small = dict.fromkeys(names, 0)
    with Cutter() as cutter:
        for photo in photos:
            cutout = cutter.cut(photo)
            for name in names:
                preset, options = find_preset(name), Options(preset=name, shadow=asked.shadow)
                made = finished(cutout, options)
                findings = check_file(made, preset)
                failed[name] += [
                    f"{photo.name}: {f.rule} {f.found}, {f.wanted}" for f in findings if f.level == "fail"
                ]
                warned[name] += any(finding.level == "warn" for finding in findings)
                largest[name] = max(largest[name], len(made))
                small[name] = max(
                    small[name], len(finished(cutout, dataclasses.replace(options, max_bytes=SMALL)))
                )
    print(f"| preset | photos | fail | warn | largest file | of the limit | with --max-bytes {SMALL} |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        limit = find_preset(name).max_bytes
        share = f"{largest[name] / limit:.0%}" if limit else "none"
        row = (name, len(photos), len(failed[name]), warned[name], largest[name], share, small[name])
        print("|", " | ".join(map(str, row)), "|")
    for name in names:
        for line in failed[name]:
            print(f"{name}: {line}")


if __name__ == "__main__":
    main()
