"""Tests of `keywords/` and `library.py`: real runs of Robot Framework against our own server."""
