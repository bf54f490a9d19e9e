"""Measure mattes against the truth, beside another program in the same run."""
