"""Looks through an inbox for a message."""

from __future__ import annotations

from ..deadline import Deadline
from ..protocol.messages import Message
from .inbox import LOOKED_AT_ONCE, Inbox, Place, Wanted


class Search:
    """Looks for the first message that matches, and at each message only once, however often it is asked.

    Used by the test's thread. It looks at all that had arrived before, and at what arrives until the deadline.
    """

    def __init__(self, inbox: Inbox, wanted: Wanted, deadline: Deadline, start: Place | None = None) -> None:
        self._inbox = inbox
        self._wanted = wanted
        self._deadline = deadline
        self._due = len(inbox)
        self._place = start or Place(0, inbox.dropped)

    def take(self) -> Message | None:
        """Takes the message out of the inbox, or what is wanted of it. Returns all of it."""
        found = self.find()
        if found is None:
            return None
        divided = self._wanted.cut(found)
        if divided is None:
            self._inbox.remove(self._place, found)
        else:
            self._inbox.take_piece(divided[0], [self._place.position], divided[1], self._place.dropped)
        return found

    def find(self) -> Message | None:
        """The message, which stays in the inbox."""
        if self._deadline.expired:
            self._due = len(self._inbox)
        count, place = 1, self._place  # the first one is often the right one
        while messages := self._inbox.look(place, count):
            for message in messages:
                if self._wanted.matches(message):
                    return message
                place.position += 1
                if place.position >= self._due and self._deadline.expired:
                    return None
            count = LOOKED_AT_ONCE
        return None


def take_from(inbox: Inbox, wanted: Wanted) -> Message | None:
    """Takes the first message that matches; the others stay where they are."""
    return Search(inbox, wanted, Deadline(0)).take()
