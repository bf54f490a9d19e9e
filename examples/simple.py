"""Simple: one photo in, one cutout next to it."""

import sys

from alphacut import cut

cutout = cut(sys.argv[1])
print(cutout.save(sys.argv[2]))
