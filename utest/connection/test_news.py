"""What has changed is looked at once, by whoever keeps the log; nothing that news meanwhile is lost."""

from __future__ import annotations

import gc
import weakref

import pytest

from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.news import KEPT_ENDED, Announcer, News, Notices
from RobotWebSocketLibrary.connection.traffic import Traffic


class Item:
    """Stands for a connection."""


def watched(news: News[Item], announcer: Announcer | None = None) -> Item:
    item = Item()
    news.watch(announcer or Announcer(), item)
    return item


@pytest.fixture
def news() -> News[Item]:
    return News()


def test_item_is_news_when_it_is_first_watched(news: News[Item]):
    item = watched(news)
    assert news.take() == [item]
    news.finish(item)
    assert news.take() == []


def test_item_stays_taken_until_it_is_finished(news: News[Item]):
    """Whoever keeps the log may be interrupted."""
    first, second = watched(news), watched(news)
    assert news.take() == [first, second]
    news.finish(first)
    assert news.take() == [second]


def test_item_that_changes_while_it_is_looked_at_is_taken_again(news: News[Item]):
    announcer = Announcer()
    item = watched(news, announcer)
    assert news.take() == [item]
    announcer.announce()
    news.finish(item)
    assert news.take() == [item]


def test_item_that_changes_often_is_taken_once(news: News[Item]):
    announcer = Announcer()
    item = watched(news, announcer)
    for _ in range(3):
        announcer.announce()
    assert news.take() == [item]


@pytest.mark.parametrize("change", ["frame", "event", "notice", "end"])
def test_what_happens_to_a_connection_is_announced(news: News[Item], change: str):
    announcer = Announcer()
    traffic, closing, notices = Traffic(announcer=announcer), Closing("client", bool, announcer), Notices(announcer)
    item = watched(news, announcer)
    news.take()
    news.finish(item)
    match change:
        case "frame":
            traffic.record("<", 1, [b"hello"])
        case "event":
            traffic.record_event("connection lost")
        case "notice":
            notices.append("reading paused")
        case "end":
            closing.note_finished()
    assert news.take() == [item]


def test_item_that_nobody_keeps_is_not_kept_for_its_news(news: News[Item]):
    announcer = Announcer()
    item = watched(news, announcer)
    kept = weakref.ref(item)
    news.take()
    news.finish(item)
    del item
    gc.collect()
    assert kept() is None
    announcer.announce()
    assert news.take() == []


def test_item_that_has_ended_is_kept_until_it_is_taken(news: News[Item]):
    item = watched(news)
    news.end(item)
    kept = weakref.ref(item)
    del item
    [taken] = news.take()
    assert taken is kept()
    news.finish(taken)
    del taken
    gc.collect()
    assert kept() is None


def test_only_the_last_items_that_have_ended_are_kept(news: News[Item]):
    items = [watched(news) for _ in range(KEPT_ENDED + 1)]
    for item in items:
        news.end(item)
    assert news.take() == items[1:]
