"""Simple: one photo → a marketplace's main image with a shadow, and what its rules say of it."""

import sys
from pathlib import Path

from alphacut import Options, cut
from alphacut.compose.check import check_file
from alphacut.compose.presets import find_preset

photo, target = Path(sys.argv[1]), Path(sys.argv[2])

listing = cut(photo, Options(preset="amazon", shadow="contact")).save(target)

for finding in check_file(listing.read_bytes(), find_preset("amazon"), listing.name):
    print(f"{finding.level}  {finding.rule}: {finding.found}, wanted {finding.wanted}. {finding.remedy}")
