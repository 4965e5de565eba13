"""What one peer of a proxy sends, the other one gets as it was sent."""

import threading

import pytest

from connection.ends import anything
from peers.clients import at_once, close_of, eventually, raw_client, request
from peers.raw import BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, frame, switching
from proxy.conftest import OVER_TLS, StartProxy
from proxy.linked import Linked, RawTarget, ends_of, linked
from RobotWebSocketLibrary.connection.automatic_replies import AutomaticReply
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.close import CloseStatus
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy

BOTH_WAYS = pytest.mark.parametrize("from_client", [True, False], ids=["to the target", "to the client"])
CLOSES = [(1000, b""), (4321, b"x"), (1009, b"too much"), (None, b""), (3000, "Grüße 🎉".encode())]


def sides(link: Linked, from_client: bool) -> tuple[RawEnd, RawEnd]:
    """The peer that sends, and the one that gets it."""
    return link.sides if from_client else (link.target, link.client)


@BOTH_WAYS
def test_message_passes(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        for opcode, payload in ((TEXT, "Grüße".encode()), (BINARY, b"\x00\xff"), (TEXT, b""), (BINARY, b"x" * 200_000)):
            sending.send_frame(opcode, payload)
            got = getting.receive_frame()
            assert (got.opcode, got.payload, got.fin, got.rsv) == (opcode, payload, True, 0)
            assert got.masked is from_client


@BOTH_WAYS
def test_message_keeps_its_fragments(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    text = "Grü".encode()
    pieces = [(TEXT, text[:3], False), (0, text[3:], False), (0, b"", False), (0, b"y" * 70_000, True)]
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        for opcode, payload, fin in pieces:
            sending.send_frame(opcode, payload, fin=fin)
        assert [getting.receive_frame()[:3] for _ in pieces] == pieces


@BOTH_WAYS
def test_ping_passes_from_end_to_end(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_frame(PING, b"there?")
        assert getting.receive_frame()[:2] == (PING, b"there?")
        getting.send_frame(PONG, b"there?")
        assert sending.receive_frame()[:2] == (PONG, b"there?")


@BOTH_WAYS
def test_pong_that_nobody_has_asked_for_passes(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_frame(PONG, b"alive")
        assert getting.receive_frame()[:2] == (PONG, b"alive")


def test_ping_between_fragments_overtakes_the_message(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        link.client.send_frame(TEXT, b"one", fin=False)
        link.client.send_frame(PING, b"now")
        assert link.target.receive_frame()[:2] == (PING, b"now")
        link.client.send_frame(0, b"two")
        assert link.target.receive_frame().payload == b"one"


@pytest.mark.parametrize("near", [True, False], ids=["client", "target"])
def test_pong_to_a_ping_of_the_test_is_not_passed_on(proxy: WebSocketProxy, target: RawTarget, near: bool):
    with linked(proxy, target) as link:
        ends = ends_of(proxy)
        own, peer, other = (ends[0], link.client, link.target) if near else (ends[1], link.target, link.client)
        other.send_frame(PING, b"first")
        assert peer.receive_frame()[:2] == (PING, b"first")
        own.send_control(Opcode.PING, b"second")
        own.send_control(Opcode.PING, b"third")
        assert [peer.receive_frame()[:2] for _ in range(2)] == [(PING, b"second"), (PING, b"third")]
        peer.send_frame(PONG, b"third")
        assert own.waits.wait_for_pong(Deadline(PATIENCE), b"third").round_trip is not None
        peer.send_frame(PONG, b"first")
        assert other.receive_frame()[:2] == (PONG, b"first")


def test_ping_of_the_same_body_as_one_of_the_test_gets_its_pong(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        _, far = ends_of(proxy)
        far.send_control(Opcode.PING, b"")
        link.client.send_frame(PING)
        assert [link.target.receive_frame()[:2] for _ in range(2)] == [(PING, b"")] * 2
        link.target.send(frame(PONG) + frame(PONG) + frame(TEXT, b"behind"))
        assert [link.client.receive_frame()[:2] for _ in range(2)] == [(PONG, b""), (TEXT, b"behind")]


def test_pong_answers_the_pings_before_its_own_too(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        for body in (b"1", b"2"):
            link.client.send_frame(PING, body)
            assert link.target.receive_frame()[:2] == (PING, body)
        link.target.send_frame(PONG, b"2")
        assert link.client.receive_frame()[:2] == (PONG, b"2")


def test_end_that_answers_no_pings_passes_none_on(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        near.misbehavior.change(answers_pings=False)
        link.client.send_frame(PING, b"lost")
        link.client.send_frame(TEXT, b"behind")
        assert link.target.receive_frame()[:2] == (TEXT, b"behind")
        assert near.waits.wait_for_ping(Deadline(PATIENCE)) == b"lost"


@pytest.mark.parametrize(("code", "reason"), CLOSES, ids=str)
@OVER_TLS
@BOTH_WAYS
def test_close_passes_and_the_answer_is_that_of_the_other_side(
    proxy: WebSocketProxy, target: RawTarget, from_client: bool, code: int | None, reason: bytes
):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        near, far = ends_of(proxy)
        sending.send_close(code, reason)
        payload = b"" if code is None else code.to_bytes(2, "big") + reason
        assert getting.receive_frame()[:2] == (CLOSE, payload)
        getting.send_close(4000, b"answer")
        assert sending.receive_frame()[:2] == (CLOSE, b"\x0f\xa0answer")
        with at_once():
            getting.receive_rest()
            sending.receive_rest()
        for end in (near, far):
            end.waits.wait_until_closed(Deadline(PATIENCE))
        closed, answered = (near, far) if from_client else (far, near)
        initiator = "client" if from_client else "server"
        assert closed.close_status == CloseStatus(code or 1005, reason.decode(), initiator)
        assert (closed.close_status.initiator, closed.close_status.clean) == (initiator, True)
        assert answered.close_status == CloseStatus(4000, "answer")
        assert (answered.close_status.initiator, answered.close_status.clean) == (initiator, True)
        assert not [record for end in (near, far) for record in end.traffic.records if record.direction == "!"]


@BOTH_WAYS
def test_messages_before_the_answer_to_a_close_still_pass(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_close(1001)
        assert getting.receive_frame()[:2] == (CLOSE, b"\x03\xe9")
        getting.send_frame(TEXT, b"last words")
        assert sending.receive_frame()[:2] == (TEXT, b"last words")
        getting.send_close(1001)
        assert sending.receive_frame()[:2] == (CLOSE, b"\x03\xe9")


def test_closes_of_both_sides_at_once_pass(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        link.client.send_close(4001)
        link.target.send_close(4002)
        assert close_of(link.target).payload == b"\x0f\xa1"
        assert close_of(link.client).payload == b"\x0f\xa2"
        link.client.receive_rest()
        link.target.receive_rest()


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 2999, 5000])
@BOTH_WAYS
def test_close_that_may_not_be_sent_is_a_protocol_error(
    proxy: WebSocketProxy, target: RawTarget, from_client: bool, code: int
):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_close(code)
        assert close_of(sending).payload[:2] == b"\x03\xea"
        assert getting.receive_rest() == b""


@pytest.mark.parametrize(
    ("wrong", "code"), [(frame(3, b""), 1002), (frame(TEXT, b"\xff"), 1007)], ids=["reserved opcode", "no UTF-8"]
)
@OVER_TLS
@BOTH_WAYS
def test_side_that_breaks_the_protocol_is_failed_and_the_other_one_sees_tcp_lost(
    proxy: WebSocketProxy, target: RawTarget, from_client: bool, wrong: bytes, code: int
):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_frame(TEXT, b"before")
        sending.send_frame(wrong[0] & 0x0F, wrong[2:])
        assert close_of(sending).payload[:2] == code.to_bytes(2, "big")
        assert getting.receive_frame().payload == b"before"
        assert getting.receive_rest() == b""


@OVER_TLS
@BOTH_WAYS
def test_fin_passes_as_fin_behind_the_messages(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        sending.send_frame(BINARY, b"x" * 5_000_000)
        sending.finish()
        assert len(getting.receive_frame().payload) == 5_000_000
        assert not getting.sees_reset()


@OVER_TLS
@BOTH_WAYS
def test_reset_passes_as_reset(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        near, far = ends_of(proxy)
        sending.reset()
        assert getting.sees_reset()
        for end in (near, far):
            end.waits.wait_until_closed(Deadline(PATIENCE))
        assert (near.close_status, far.close_status) == (CloseStatus(1006), CloseStatus(1006))
        other = far if from_client else near
        peer = "client" if from_client else "server"
        assert other.how == (
            f"our end reset TCP like the other end (connection lost: the {peer} reset the connection (1006))"
        )


@pytest.mark.parametrize("near", [True, False], ids=["near", "far"])
def test_close_of_the_test_is_seen_by_both_peers(proxy: WebSocketProxy, target: RawTarget, near: bool):
    with linked(proxy, target) as link:
        ends = ends_of(proxy)
        own, peer, other = (ends[0], link.client, link.target) if near else (ends[1], link.target, link.client)
        own.begin_close(4004, "by the test", Deadline(PATIENCE))
        payload = b"\x0f\xa4by the test"
        assert close_of(peer).payload == payload
        peer.send_close(4004, b"by the test")
        assert close_of(other).payload == payload
        other.send_close(4004)
        assert (peer.receive_rest(), other.receive_rest()) == (b"", b"")


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
@pytest.mark.parametrize("near", [True, False], ids=["near", "far"])
def test_end_that_a_test_drops_ends_the_other_in_the_same_way(
    proxy: WebSocketProxy, target: RawTarget, near: bool, reset: bool
):
    with linked(proxy, target) as link:
        ends = ends_of(proxy)
        ends[0 if near else 1].drop(reset=reset)
        assert [side.sees_reset() for side in link.sides] == [reset, reset]
        other = ends[1 if near else 0]
        other.waits.wait_until_closed(Deadline(PATIENCE))
        assert other.how == f"our end {'reset' if reset else 'ended'} TCP (1006), as it did at the other end"


def test_client_that_closes_and_leaves_ends_the_link_though_the_target_does_not_answer(
    proxy: WebSocketProxy, target: RawTarget
):
    with linked(proxy, target) as link:
        link.client.send_close(1001)
        link.client.finish()
        assert close_of(link.target).payload == b"\x03\xe9"
        assert link.target.receive_rest() == b""
        eventually(lambda: not proxy.clients)


def test_end_that_answers_no_close_frame_passes_none_on_until_it_does(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        near.misbehavior.change(answers_close=False)
        link.client.send_close(4001)
        eventually(lambda: near.close_status)
        link.target.send_frame(PING, b"still open")
        assert link.client.receive_frame()[:2] == (PING, b"still open")
        near.misbehavior.change(answers_close=True)
        assert close_of(link.target).payload == b"\x0f\xa1"
        link.target.send_close(4001)
        assert close_of(link.client).payload == b"\x0f\xa1"


def test_what_both_sides_send_is_in_the_inboxes(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        near, far = ends_of(proxy)
        link.client.send_frame(TEXT, b"question")
        link.target.send_frame(BINARY, b"answer")
        assert near.waits.wait_for_message(Deadline(PATIENCE), anything).data == "question"
        assert far.waits.wait_for_message(Deadline(PATIENCE), anything).data == b"answer"
        assert list(near.notices) == list(far.notices) == []


def test_test_sends_towards_either_side(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        near, far = ends_of(proxy)
        near.send("to the client", Deadline(PATIENCE))
        far.send(b"to the target", Deadline(PATIENCE))
        assert link.client.receive_frame()[:2] == (TEXT, b"to the client")
        assert link.target.receive_frame()[:2] == (BINARY, b"to the target")


def test_bytes_that_come_with_the_handshakes_pass(proxy: WebSocketProxy, target: RawTarget):
    with raw_client(proxy) as client:
        client.send(request() + frame(TEXT, b"early", masked=True))
        with target.accept() as accepted:
            asked = accepted.receive_head()
            accepted.send(switching(asked) + frame(TEXT, b"early, too"))
            client.receive_head()
            assert client.receive_frame().payload == b"early, too"
            assert accepted.receive_frame().payload == b"early"


def test_message_that_is_answered_automatically_goes_no_further(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        near.automatic.add(AutomaticReply(lambda message: message.data == "ping", lambda _: ["pong"]))
        link.client.send_frame(TEXT, b"ping")
        assert link.client.receive_frame().payload == b"pong"
        link.client.send_frame(TEXT, b"in ", fin=False)
        link.client.send_frame(0, b"parts")
        parts = [link.target.receive_frame()[:3] for _ in range(2)]
        assert parts == [(TEXT, b"in ", False), (0, b"parts", True)]
        assert near.waits.wait_for_message(Deadline(PATIENCE), anything).data == "in parts"


@BOTH_WAYS
def test_end_passes_once_an_automatic_reply_was_made(proxy: WebSocketProxy, target: RawTarget, from_client: bool):
    begun, goes_on = threading.Event(), threading.Event()

    def make_replies(_: Message) -> list[str]:
        begun.set()
        goes_on.wait(PATIENCE)
        return []

    with linked(proxy, target) as link:
        sending, getting = sides(link, from_client)
        near, far = ends_of(proxy)
        source = near if from_client else far
        source.automatic.add(AutomaticReply(lambda _: True, make_replies))
        sending.send_frame(TEXT, b"hi")
        assert begun.wait(PATIENCE)
        sending.finish()
        source.waits.wait_until_closed(Deadline(PATIENCE))
        goes_on.set()
        assert getting.receive_rest() == b""


def test_close_passes_once_where_a_test_has_sent_one_as_a_frame(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        _, far = ends_of(proxy)
        far.send_frame(Frame(Opcode.CLOSE, b"\x0f\xa1"), masked=True)
        link.client.send_close(4002)
        assert link.target.receive_frame()[:2] == (CLOSE, b"\x0f\xa1")
        link.target.send_close(4001)
        assert link.client.receive_frame()[:2] == (CLOSE, b"\x0f\xa1")


def test_proxy_that_nobody_attends_announces_nothing(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, unattended=True)
    with linked(proxy, target) as link:
        link.client.send_close(4001)
        link.target.receive_frame()
        link.target.send_close(4001)
        eventually(lambda: not proxy.clients)
    assert proxy.upstream_news.take() == []


@pytest.mark.parametrize("texts", [("1", "2", "3", "ping", "4"), ("1", "2", "ping", "3", "4")], ids=["inside", "first"])
def test_inbox_that_has_forgotten_messages_is_answered_automatically(
    texts: tuple[str, ...], start_proxy: StartProxy, target: RawTarget
):
    proxy = start_proxy(target.url, inbox_limit=InboxLimit(messages=3))
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        for text in texts:
            link.client.send_frame(TEXT, text.encode())
            link.target.receive_frame()
        eventually(lambda: near.inbox.dropped == 2)
        near.automatic.add(AutomaticReply(lambda message: message.data == "ping", lambda _: ["pong"]))
        assert link.client.receive_frame().payload == b"pong"
        assert [message.data for message in near.inbox.peek(0, 5)] == ["3", "4"]
