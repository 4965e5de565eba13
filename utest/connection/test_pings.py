from __future__ import annotations

import pytest

from RobotWebSocketLibrary.connection.pings import KEPT_PINGS, Pings

from .interrupting import InterruptionError


def test_pong_has_the_round_trip_of_its_ping():
    pings = Pings()
    pings.add_sent(b"body")
    pings.accept_pong(b"body")
    pong = pings.take_pong(b"body")
    assert pong is not None
    assert pong.body == b"body"
    assert pong.round_trip is not None
    assert 0 <= pong.round_trip < 20
    assert pings.take_pong(b"body") is None


def test_pong_of_another_ping_stays():
    pings = Pings()
    pings.add_sent(b"first")
    pings.add_sent(b"second")
    pings.accept_pong(b"first")
    assert pings.last_body == b"second"
    assert pings.take_pong(b"second") is None
    assert pings.take_pong(b"first") is not None


def test_pong_that_no_ping_asked_for_has_no_round_trip():
    pings = Pings()
    pings.accept_pong(b"unsolicited")
    pings.add_sent(b"unsolicited")  # too late to have asked for it
    pong = pings.take_pong(b"unsolicited")
    assert pong is not None
    assert pong.round_trip is None


def test_pings_with_the_same_body_each_have_their_pong():
    pings = Pings()
    for _ in range(2):
        pings.add_sent(b"")
        pings.accept_pong(b"")
    assert [pong and pong.round_trip is not None for pong in (pings.take_pong(b""), pings.take_pong(b""))] == [True] * 2
    assert pings.take_pong(b"") is None


def test_pings_of_the_peer_are_taken_in_their_order():
    pings = Pings()
    assert pings.take_ping() is None
    pings.arrived_pings.append(b"")
    pings.arrived_pings.append(b"second")
    assert [pings.take_ping(), pings.take_ping(), pings.take_ping()] == [b"", b"second", None]


def test_the_last_pings_and_pongs_are_kept():
    pings = Pings()
    for number in range(KEPT_PINGS + 1):
        pings.arrived_pings.append(b"%d" % number)
        pings.accept_pong(b"%d" % number)
    assert pings.take_ping() == b"1"
    assert pings.take_pong(b"0") is None
    assert pings.take_pong(b"%d" % KEPT_PINGS) is not None


def test_ping_and_pong_are_put_back_to_the_front():
    pings = Pings()
    pings.arrived_pings.append(b"one")
    pings.arrived_pings.append(b"two")
    for body in (b"first", b"second"):
        pings.add_sent(body)
        pings.accept_pong(body)
    taken = pings.take_ping(), pings.take_pong(b"first")
    pings.put_back()
    assert list(pings.round_trips) == []
    assert taken == (pings.take_ping(), pings.take_pong(b"first"))
    assert pings.take_ping() == b"two"
    assert len(pings.round_trips) == 1


def test_pong_that_a_strike_left_half_taken_is_put_back_once():
    pings = Pings()
    pings.add_sent(b"body")
    pings.accept_pong(b"body")

    class Struck(list[float]):
        def append(self, _: float) -> None:
            raise InterruptionError

    whole, pings.round_trips = pings.round_trips, Struck()
    with pytest.raises(InterruptionError):
        pings.take_pong(b"body")
    pings.round_trips = whole
    pings.put_back()
    pong = pings.take_pong(b"body")
    assert pong is not None
    assert pong.round_trip is not None
    assert pings.take_pong(b"body") is None


def test_pong_without_a_ping_is_put_back():
    pings = Pings()
    pings.accept_pong(b"unsolicited")
    taken = pings.take_pong(b"unsolicited")
    pings.put_back()
    assert pings.take_pong(b"unsolicited") == taken


def test_what_was_confirmed_is_not_put_back():
    pings = Pings()
    pings.arrived_pings.append(b"one")
    pings.accept_pong(b"one")
    pings.take_ping()
    pings.take_pong(b"one")
    pings.confirm()
    pings.put_back()
    assert pings.take_ping() is None
    assert pings.take_pong(b"one") is None


def test_pong_that_a_strike_left_in_its_place_is_there_once(monkeypatch: pytest.MonkeyPatch):
    pings = Pings()
    pings.add_sent(b"body")
    pings.accept_pong(b"body")

    def strike(_: object) -> None:
        raise InterruptionError

    monkeypatch.setattr(pings, "_take_pong", strike)
    with pytest.raises(InterruptionError):
        pings.take_pong(b"body")
    monkeypatch.undo()
    pings.put_back()
    pong = pings.take_pong(b"body")
    assert pong is not None
    assert pong.round_trip is not None
    assert pings.take_pong(b"body") is None
