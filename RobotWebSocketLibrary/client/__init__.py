"""Dials a server and opens a connection to it."""
