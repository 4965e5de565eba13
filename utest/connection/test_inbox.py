from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.connection import inbox as inbox_module
from RobotWebSocketLibrary.connection.inbox import LOOKED_AT_ONCE, Inbox, InboxLimit, Place
from RobotWebSocketLibrary.connection.observed_inbox import ObservedInbox
from RobotWebSocketLibrary.connection.search import Search, take_from
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.messages import Message

from .ends import Asked, Matching, anything, soon
from .interrupting import InterruptionError


def message(text: str) -> Message:
    return Message(text, len(text))


def add(inbox: Inbox, text: str) -> None:
    assert inbox.add([message(text)], len(text))


def filled(*texts: str, limit: InboxLimit | None = None, keep_last: int | None = None) -> Inbox:
    inbox = Inbox(limit or InboxLimit(), keep_last)
    for text in texts:
        add(inbox, text)
    return inbox


def rest(inbox: Inbox) -> list[str | bytes]:
    taken = []
    while (found := take_from(inbox, anything)) is not None:
        taken.append(found.data)
    return taken


def test_messages_are_taken_in_their_order():
    inbox = filled("one", "two", "three")
    assert len(inbox) == 3
    assert rest(inbox) == ["one", "two", "three"]
    assert len(inbox) == 0


def test_first_message_that_matches_is_taken_and_the_others_stay():
    inbox = filled("one", "two", "three")
    taken = take_from(inbox, Matching(lambda message: message.data.startswith("t")))
    assert taken == message("two")
    assert rest(inbox) == ["one", "three"]


def test_nothing_is_taken_where_nothing_matches():
    inbox = filled("one")
    assert take_from(inbox, Matching(lambda _: False)) is None
    assert rest(inbox) == ["one"]


def test_empty_message_is_a_message():
    inbox = filled("")
    assert take_from(inbox, anything) == message("")


def test_inbox_is_full_at_its_count_of_messages():
    inbox = filled("a", limit=InboxLimit(messages=2))
    assert not inbox.full
    add(inbox, "b")
    assert inbox.full
    take_from(inbox, anything)
    assert not inbox.full


def test_inbox_is_full_at_its_size():
    inbox = filled("abc", limit=InboxLimit(size=5))
    assert not inbox.full
    add(inbox, "de")
    assert inbox.full
    take_from(inbox, anything)
    assert not inbox.full


def test_inbox_that_keeps_the_last_messages_is_never_full():
    inbox = filled(*"abcdef", limit=InboxLimit(messages=2, size=2), keep_last=3)
    assert not inbox.full
    assert rest(inbox) == ["d", "e", "f"]


def test_inbox_keeps_all_from_the_moment_it_is_asked_to():
    inbox = filled(*"abcd", limit=InboxLimit(size=3), keep_last=2)
    inbox.keep_all()
    assert not inbox.full, "what was dropped does not count"
    add(inbox, "e")
    assert inbox.full
    assert rest(inbox) == ["c", "d", "e"]


def test_inbox_that_keeps_all_can_be_asked_again():
    inbox = filled(*"abc", limit=InboxLimit(size=4), keep_last=2)
    inbox.keep_all()
    take_from(inbox, anything)
    inbox.keep_all()
    assert inbox.size == 1
    assert rest(inbox) == ["c"]


def test_messages_that_came_together_count_once_all_are_kept():
    inbox = Inbox(InboxLimit(size=4), keep_last=2)
    assert inbox.add(["abc", "d", "é"], 6)
    inbox.keep_all()
    assert inbox.size == 3
    assert not inbox.add(["e", "f"], 2)
    assert rest(inbox) == ["d", "é"]


def test_last_messages_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbox_module, "LAST_MESSAGES_SIZE", 10)
    inbox = filled("abcd", "efgh", keep_last=5)
    assert inbox.add(["i", "j"], 2)
    assert len(inbox) == 4
    assert inbox.add(["k"], 1)  # one byte too many: half of the bytes may stay
    assert inbox.size == 3
    inbox.keep_all()
    assert rest(inbox) == ["i", "j", "k"]


def test_what_was_forgotten_before_a_test_asked_is_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbox_module, "LAST_MESSAGES_SIZE", 10)
    inbox = filled(*"abcd", keep_last=3)
    inbox.keep_all()
    add(inbox, "e")
    inbox.keep_all()
    assert (inbox.forgotten, rest(inbox)) == (1, ["b", "c", "d", "e"])
    inbox = filled(*"abcd", keep_last=3)
    assert inbox.add(["efgh", "ijkl"], 8)  # too many bytes
    inbox.keep_all()
    assert (inbox.forgotten, rest(inbox)) == (5, ["ijkl"])
    inbox = filled(*"abc", keep_last=3)
    inbox.keep_all()
    assert inbox.forgotten == 0


def test_last_message_stays_whatever_its_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbox_module, "LAST_MESSAGES_SIZE", 3)
    assert rest(filled("a", "abcdefgh", keep_last=5)) == ["abcdefgh"]


def test_nothing_is_lost_between_two_threads():
    inbox, taken = Inbox(InboxLimit()), []
    count = 20_000

    def add_all() -> None:
        for number in range(count):
            add(inbox, str(number))

    adding = threading.Thread(target=add_all, daemon=True)
    adding.start()
    while adding.is_alive() or len(inbox):
        if (found := take_from(inbox, anything)) is not None:
            taken.append(found.data)
    adding.join(PATIENCE)
    assert taken == [str(number) for number in range(count)]


def test_message_stays_when_the_test_is_interrupted_while_it_looks():
    inbox = filled("one")

    def interrupted(_: Message) -> bool:
        raise InterruptionError

    with pytest.raises(InterruptionError):
        take_from(inbox, Matching(interrupted))
    assert rest(inbox) == ["one"]


# Several messages


def test_several_messages_are_taken_in_their_order():
    inbox = filled("one", "two", "three")
    assert inbox.take_first(0) == []
    assert inbox.take_first(2) == [message("one"), message("two")]
    assert inbox.size == len("three")
    assert inbox.take_first(2) == [message("three")]
    assert inbox.take_first(2) == []
    assert inbox.size == 0


def test_messages_are_shown_and_stay():
    inbox = filled("one", "two", "three")
    assert inbox.peek(1, 5) == [message("two"), message("three")]
    assert inbox.peek(3, 5) == []
    assert rest(inbox) == ["one", "two", "three"]


def test_taking_makes_room():
    inbox = filled("one", "two", limit=InboxLimit(messages=2))
    inbox.take_first(1)
    assert not inbox.full
    add(inbox, "three")
    take_from(inbox, Matching(lambda message: message.data == "three"))
    assert rest(inbox) == ["two"]


@pytest.mark.parametrize("kind", [Inbox, ObservedInbox])
def test_room_is_announced_where_it_is_awaited(kind: type[Inbox]):
    attention = Asked()
    inbox = kind(InboxLimit(), attention=attention)
    for text in ("one", "two", "three"):
        add(inbox, text)
    take_from(inbox, anything)
    assert attention.count == 0
    inbox.room_is_awaited = True
    take_from(inbox, anything)
    inbox.take_first(1)
    assert attention.count == 2


# A search


class Counting:
    """Says yes to one text, and counts how often it is asked; `then` happens each time."""

    def __init__(self, wanted: str, then: Callable[[], object] = bool) -> None:
        self.asked: list[str | bytes] = []
        self._wanted = wanted
        self._then = then

    def __call__(self, message: Message) -> bool:
        self.asked.append(message.data)
        self._then()
        return message.data == self._wanted


def test_search_looks_at_each_message_once():
    count = 10_000
    inbox = filled(*(str(number) for number in range(count)))
    counting = Counting("wanted")
    search = Search(inbox, Matching(counting), soon())
    for _ in range(5):
        assert search.take() is None
    for number in range(count, count + 3 * LOOKED_AT_ONCE):
        add(inbox, str(number))
        assert search.take() is None
    add(inbox, "wanted")
    add(inbox, "behind")
    assert search.take() == message("wanted")
    looked_at = [str(number) for number in range(count + 3 * LOOKED_AT_ONCE)]
    assert counting.asked == [*looked_at, "wanted"]
    assert rest(inbox) == [*looked_at, "behind"]


def test_search_finds_the_first_that_matches_and_leaves_it():
    inbox = filled("one", "wanted", "two", "wanted")
    search = Search(inbox, Matching(Counting("wanted")), soon())
    assert search.find() == message("wanted")
    assert rest(inbox) == ["one", "wanted", "two", "wanted"]


def test_search_that_is_late_looks_at_what_has_arrived():
    inbox = filled(*"abcdefgh", "wanted")
    assert Search(inbox, Matching(Counting("wanted")), Deadline(0)).take() == message("wanted")
    search = Search(inbox, Matching(Counting("wanted")), Deadline(0))
    assert search.take() is None
    add(inbox, "other")
    add(inbox, "wanted")
    assert search.take() == message("wanted"), "what came before the last look"


def test_search_ends_at_its_deadline_while_messages_come_faster_than_it_looks():
    inbox = Inbox(InboxLimit())
    pause = threading.Event()

    def slowly() -> None:
        add(inbox, "other")
        add(inbox, "other")
        pause.wait(0.1)

    counting = Counting("wanted", slowly)
    search = Search(inbox, Matching(counting), Deadline(1))
    add(inbox, "first")
    assert search.find() is None
    assert 1 < len(counting.asked) <= 11


# What was taken last


def test_message_is_put_back_where_it_was():
    inbox = filled("one", "two", "three")
    take_from(inbox, Matching(lambda message: message.data == "two"))
    inbox.put_back()
    assert inbox.size == len("onetwothree")
    assert rest(inbox) == ["one", "two", "three"]


def test_several_messages_are_put_back_in_their_order():
    inbox = filled("one", "two", "three")
    inbox.take_first(2)
    add(inbox, "four")
    inbox.put_back()
    inbox.put_back()
    assert inbox.size == len("onetwothreefour")
    assert rest(inbox) == ["one", "two", "three", "four"]


def test_what_was_confirmed_is_not_put_back():
    inbox = filled("one", "two")
    inbox.take_first(1)
    inbox.confirm()
    inbox.put_back()
    assert inbox.size == len("two")
    assert rest(inbox) == ["two"]


def test_only_keywords_are_remembered_with_what_they_took():
    inbox = filled("one", "two")
    inbox.take_first(1)
    inbox.confirm()
    inbox.take_first(1)
    inbox.confirm("wait_for_message")
    inbox.confirm("take_messages")  # which found nothing
    assert [by for by, _ in inbox.taken] == ["wait_for_message"]


def test_nothing_is_put_back_where_nothing_was_taken():
    inbox = filled("one")
    take_from(inbox, Matching(lambda _: False))
    inbox.put_back()
    inbox.take_first(0)
    inbox.put_back()
    assert rest(inbox) == ["one"]


@pytest.mark.parametrize(
    ("messages", "size"),
    [
        ([], 0),
        (["ab", "c"], 3),
        (["ab", "é"], 4),
        ([b"ab", b"\xff"], 3),
        (["ab", b"c", Message("fragments", 9, 2)], 12),
    ],
)
def test_size_is_in_bytes_whatever_a_message_is(messages: list[str | bytes | Message], size: int):
    inbox = Inbox(InboxLimit())
    assert inbox.add(messages, size)
    assert inbox.take_first(len(messages)) == messages
    assert inbox.size == 0


def test_message_that_was_forgotten_before_it_is_removed():
    inbox = ObservedInbox(InboxLimit(2))
    for data in ("a", "b", "c"):
        inbox.add([data], 1)
    inbox.remove(Place(0), Message.of("a"))
    inbox.put_back()
    assert [message.data for message in inbox.peek(0, 5)] == ["b", "c"]
    assert inbox.size == 2


def test_search_begins_where_the_inbox_ended_however_much_it_has_forgotten_since():
    inbox = ObservedInbox(InboxLimit(2))
    for text in ("old", "old"):
        add(inbox, text)
    start = inbox.end
    for text in ("first", "second"):
        add(inbox, text)
    assert Search(inbox, anything, soon(), start).take() == message("first")
    assert rest(inbox) == ["second"]


def test_oldest_messages_are_forgotten_where_they_are_too_long_together():
    inbox = ObservedInbox(InboxLimit(size=10))
    for data in ("a" * 11, "b" * 6, "c" * 5):
        inbox.add([data], len(data))
    assert [message.data for message in inbox.peek(0, 5)] == ["c" * 5]
    assert (inbox.size, inbox.dropped) == (5, 2)
