"""Advanced: many photos, one loaded network, options, a background, and what the report says."""

import sys
from pathlib import Path

from alphacut import AlphacutError, Cutter, Options

folder, output = Path(sys.argv[1]), Path(sys.argv[2])
output.mkdir(parents=True, exist_ok=True)

with Cutter(Options(model="isnet", quality=90)) as cutter:
    for photo in sorted(folder.glob("*.jpg")):
        try:
            cutout = cutter.cut(photo)
        except AlphacutError as error:
            print(f"{photo.name}: {error.problem}. {error.remedy}")
            continue
        cutout.on("white").save(output / f"{photo.stem}.jpg")
        took = sum(cutout.report.milliseconds.values())
        print(f"{photo.name}: {cutout.report.model} in {cutout.report.precision}, {took:.0f} ms")
