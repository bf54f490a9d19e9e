"""Frames of films, picture sequences, pipes and cameras."""
