"""A small part of what `chaos.py` can do."""

import pytest

import chaos


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
def test_no_message_is_lost_doubled_or_reordered(tls: bool):
    chaos.run(2_000, 4, tls=tls)
