"""Frames into films, picture sequences and pipes, with their sound."""
