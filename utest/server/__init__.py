"""Tests of `server/`: against the clients of `websockets` and hand-written bytes, never against our own client."""
