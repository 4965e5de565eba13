"""Stands between a real client and the real server."""
