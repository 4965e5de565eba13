"""Rows of waits that look for one JSON message among many, in one process: `python bench/searching.py SIDE`."""

from __future__ import annotations

import json
import sys
from functools import partial

from clients import take_time
from processes import run
from rows import Row, Took

OTHERS, WAITS = 10_000, 10
PARSED_ONCE = "json.loads of each"
TEXTS = [json.dumps({"id": number, "items": [{"name": "x" * 50, "price": number / 7}]}) for number in range(OTHERS)]


def wait_for_each() -> tuple[float, float]:
    """Several waits, whose messages are the last ones."""
    from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
    from RobotWebSocketLibrary.connection.search import take_from
    from RobotWebSocketLibrary.matching.operators import Operator
    from RobotWebSocketLibrary.matching.predicates import JsonPredicate

    inbox = Inbox(InboxLimit(messages=OTHERS))
    inbox.add(TEXTS, sum(map(len, TEXTS)))

    def wait() -> None:
        for number in range(OTHERS - WAITS, OTHERS):
            assert take_from(inbox, JsonPredicate("$.id", Operator["=="], number)) is not None
            inbox.confirm()

    return take_time(wait)


def parse_once() -> tuple[float, float]:
    return take_time(lambda: [json.loads(text) for text in TEXTS])


SIDES = {"library": wait_for_each, PARSED_ONCE: parse_once}


def measure(side: str) -> Took:
    return Took(*run("searching.py", side))


def rows() -> dict[str, Row]:
    return {
        "json-among-others": Row(
            f"{WAITS} waits of `Wait For Json Message`, each for one of the last among {OTHERS:,} messages",
            {side: partial(measure, side) for side in SIDES},
            "time",
            PARSED_ONCE,
        )
    }


if __name__ == "__main__":
    print(*SIDES[sys.argv[1]]())
