"""The lines beneath a failed wait: as many, and as long, as Robot Framework shows whole."""

from __future__ import annotations

from robot.utils.text import cut_long_message

from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.matching.mismatches import list_mismatches, list_taken
from RobotWebSocketLibrary.matching.operators import Operator
from RobotWebSocketLibrary.matching.predicates import JsonPredicate, MessagePredicate


def filled(*messages: str) -> Inbox:
    inbox = Inbox(InboxLimit())
    for message in messages:
        assert inbox.add([message], len(message))
    return inbox


def test_nearest_rows_have_the_most_room():
    inbox = filled(*(f'{{"n": "{number}{"y" * 100}"}}' for number in range(10)))
    _, *rows = list_mismatches(inbox, JsonPredicate("$[?@ != 1]", Operator["=="], "x" * 100))
    assert [len(row) for row in rows] == [231] * 5 + [151] * 5
    assert all(row.endswith("…") for row in rows)


def test_long_condition_is_not_repeated():
    inbox = filled('{"a": 1}', '{"a": 1}', '{"a": 2}')
    sought = JsonPredicate(f"$[?@ != '{'x' * 100}']", Operator["<"], 2)
    inbox.take_first(1)
    inbox.confirm("take_messages")
    assert list_taken(inbox, sought) == ["1 such message was taken before by 'Take Messages'"]
    inbox.take_first(2)
    inbox.confirm("wait_for_messages")
    assert list_taken(inbox, sought) == ["such a message was taken 2 times before, last by 'Wait For Messages'"]


def test_all_lines_together_are_shown_whole():
    """The sentence may take four lines of Robot Framework's, and the line about other connections three."""
    inbox = filled(*(f'{{"n": "{number}{"y" * 100}"}}' for number in range(12)))
    predicate = JsonPredicate("$[?@ != 1]", Operator["=="], "x" * 100)
    inbox.take_first(1)
    inbox.confirm("take_messages")
    lines = [
        *list_mismatches(inbox, predicate),
        *list_taken(inbox, MessagePredicate(operator=Operator["!="], expected="x")),
    ]
    told = "\n".join(["s" * 312, *lines, "o" * 234])
    assert cut_long_message(told) == told
