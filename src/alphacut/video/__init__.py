"""Clips: frames in, mattes that stay steady, files out with their sound."""
