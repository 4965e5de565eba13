"""Nothing in a proxy grows without bound, and nothing stalls because a test does not look."""

import random
import threading

import pytest

from connection.ends import Matching, anything
from peers.clients import at_once, eventually, sent_until_refused, websockets_client
from peers.raw import BINARY, PATIENCE, PING, TEXT, RawEnd, frame
from peers.websockets_peers import echo_server
from proxy.conftest import StartProxy
from proxy.linked import Linked, RawTarget, ends_of, linked
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.pieces import PieceSearch
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.messages import Message
from RobotWebSocketLibrary.proxy.message_rules import Action, MessageRule
from RobotWebSocketLibrary.proxy.passage import HELD_LIMIT, PENDING_LIMIT
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from storm_runs import run_storm

SMALL = 32 * 1024
"""Bytes that the system keeps for a peer that does not read."""
SLACK = 24 * 1024 * 1024
"""Bytes that the systems of both connections, and one read, may hold beside what a proxy keeps."""
KIBIBYTES = b"x" * 65_530


@pytest.fixture
def small_target():
    listening = RawTarget(SMALL)
    yield listening
    listening.close()


@pytest.mark.parametrize("from_client", [True, False], ids=["to the target", "to the client"])
def test_slow_side_pauses_the_other_one(start_proxy: StartProxy, small_target: RawTarget, from_client: bool):
    proxy = start_proxy(small_target.url)
    with linked(proxy, small_target, receive_buffer=SMALL) as link:
        sending, getting = link.sides if from_client else (link.target, link.client)
        piece = frame(BINARY, KIBIBYTES, masked=from_client)
        sent = sent_until_refused(sending, piece)
        assert sent < PENDING_LIMIT + SLACK
        whole = sent - sent % len(piece)
        for _ in range(whole // len(piece)):
            assert getting.receive_frame().payload == KIBIBYTES
        sending.send(piece[sent % len(piece) :] + frame(TEXT, b"all of it", masked=from_client))
        assert getting.receive_frame().payload == KIBIBYTES
        assert getting.receive_frame().payload == b"all of it"


def test_client_that_reads_slowly_still_reaches_the_target(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url)
    with linked(proxy, target, receive_buffer=SMALL) as link:
        sent_until_refused(link.target, frame(BINARY, KIBIBYTES), pause=1)
        link.client.send_frame(TEXT, b"still there")
        assert link.target.receive_frame().payload == b"still there"


def test_pings_that_nobody_takes_pause_their_sender(start_proxy: StartProxy, small_target: RawTarget):
    proxy = start_proxy(small_target.url)
    with linked(proxy, small_target) as link:
        sent = sent_until_refused(link.client, frame(PING, b"p" * 100, masked=True) * 100)
        assert sent < 10_000 * 106 + SLACK


@pytest.mark.parametrize("action", [Action.HOLD, Action.DELAY])
def test_what_rules_hold_is_bounded_with_a_warning(proxy: WebSocketProxy, target: RawTarget, action: Action):
    proxy.rules.add(MessageRule(action, "Hold Messages", lambda _: True, delay=PATIENCE))
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        piece = frame(BINARY, KIBIBYTES, masked=True)
        sent = sent_until_refused(link.client, piece)
        assert HELD_LIMIT < sent < HELD_LIMIT + SLACK
        [notice] = near.notices
        assert notice == "reading paused: more than 16 MiB, or 100,000 messages, wait because of message rules"
        proxy.rules.remove()
        for _ in range(sent // len(piece)):
            assert link.target.receive_frame().payload == KIBIBYTES


def test_inbox_that_no_test_looks_at_forgets_its_oldest_messages(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, inbox_limit=InboxLimit(messages=10))
    with linked(proxy, target) as link:
        near, far = ends_of(proxy)
        for number in range(100):
            link.client.send_frame(TEXT, str(number).encode())
        assert [int(link.target.receive_frame().payload) for _ in range(100)] == list(range(100))
        link.target.send_frame(TEXT, b"answer")
        assert far.waits.wait_for_message(Deadline(PATIENCE), anything).data == "answer"
        assert [message.data for message in near.inbox.peek(0, 100)] == [str(number) for number in range(90, 100)]
        assert list(near.notices) == [
            "the inbox is full (10 messages that no test has taken), and forgets the oldest ones"
        ]
        assert near.waits.wait_for_messages(Deadline(0), 10) == [str(number) for number in range(90, 100)]


def test_pieces_are_taken_while_the_inbox_forgets(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, inbox_limit=InboxLimit(messages=3))
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        for number in range(10):
            link.client.send_frame(BINARY, b"%d;" % number)
            assert link.target.receive_frame().payload == b"%d;" % number
        eventually(lambda: near.inbox.dropped == 7)
        search = PieceSearch(near.inbox, count=None, until=b"8;", nothing=b"")
        assert near.waits.wait_for_piece(Deadline(PATIENCE), search) == b"7;8;"


def test_end_that_no_test_has_asked_for_keeps_its_last_messages(proxy: WebSocketProxy, target: RawTarget):
    with linked(proxy, target) as link:
        for number in range(1500):
            link.client.send_frame(TEXT, str(number).encode())
        assert [int(link.target.receive_frame().payload) for _ in range(1500)] == list(range(1500))
        link.target.send_frame(TEXT, b"all")  # the same thread reads it once the last message is in the inbox, too
        assert link.client.receive_frame().payload == b"all"
        near, _ = ends_of(proxy)
        assert near.inbox.peek(999, 1) == [Message("1499", 4)]
        assert (len(near.inbox), near.inbox.forgotten) == (1000, 500)


def test_wait_finds_each_message_while_the_inbox_forgets(start_proxy: StartProxy, target: RawTarget):
    """The wait looks at messages in turn, and their positions change under it."""
    proxy = start_proxy(target.url, inbox_limit=InboxLimit(messages=50))
    with linked(proxy, target) as link:
        near, _ = ends_of(proxy)
        flood = b"".join(frame(TEXT, b"noise", masked=True) for _ in range(500))

        needle = Matching(lambda message: message.data == "needle")

        def pour() -> None:
            for _ in range(20):
                link.client.send(flood + frame(TEXT, b"needle", masked=True))
                link.client.receive_frame()

        pouring = threading.Thread(target=pour)
        pouring.start()
        for _ in range(20):
            assert near.waits.wait_for_message(Deadline(PATIENCE), needle).data == "needle"
            near.send("next", Deadline(PATIENCE))
        pouring.join(PATIENCE)
        assert not any(message.data == "needle" for message in near.inbox.peek(0, 50))
        assert link.target.receive_frame().payload == b"noise"


@pytest.mark.parametrize("rules", [False, True], ids=["no rules", "rules that match none"])
def test_twenty_thousand_messages_each_way_pass_in_their_order(start_proxy: StartProxy, target: RawTarget, rules: bool):
    count = 20_000
    proxy = start_proxy(target.url)
    if rules:
        for action in (Action.DROP, Action.HOLD, Action.DELAY, Action.REPLACE):
            proxy.rules.add(MessageRule(action, "no message", lambda message: message.data == "no such message"))
    sizes = random.Random(15).choices([0, 1, 10, 125, 126, 1000, 20_000, 65_536], [9, 9, 9, 9, 9, 9, 2, 1], k=count)
    with linked(proxy, target) as link:
        failures: list[str] = []
        directions = (link.client, link.target), (link.target, link.client)
        senders = [threading.Thread(target=_send_all, args=(sending, sizes)) for sending, _ in directions]
        readers = [threading.Thread(target=_check_all, args=(getting, sizes, failures)) for _, getting in directions]
        for thread in (*senders, *readers):
            thread.start()
        for thread in (*senders, *readers):
            thread.join()
        assert failures == []
        assert [rule.count for rule in proxy.rules.rules] == [0] * len(proxy.rules.rules)


def _make(number: int, size: int) -> tuple[int, bytes]:
    return (TEXT if number % 3 else BINARY), f"{number}:".encode() + b"x" * size


def _send_all(sending: RawEnd, sizes: list[int]) -> None:
    for number, size in enumerate(sizes):
        opcode, payload = _make(number, size)
        if number % 10 == 0:
            sending.send_frame(opcode, payload[:3], fin=False)
            sending.send_frame(0, payload[3:])
        else:
            sending.send_frame(opcode, payload)


def _check_all(getting: RawEnd, sizes: list[int], failures: list[str]) -> None:
    for number, size in enumerate(sizes):
        first = getting.receive_frame()
        payload = first.payload if first.fin else first.payload + getting.receive_frame().payload
        if (first.opcode, payload) != _make(number, size) or first.fin is (number % 10 == 0):
            failures.append(f"message {number} is {payload[:20]!r}")
            return


def test_proxy_that_stops_leaves_nothing_of_a_link_in_full_flow(start_proxy: StartProxy):
    with echo_server() as url:
        proxy = start_proxy(url)
        with websockets_client(proxy, close_timeout=1) as client:
            for _ in range(50):
                client.send(b"x" * 100_000)
            with at_once():
                proxy.stop()
            assert client.close_code in (None, 1001)


def test_stalled_link_does_not_hold_up_the_stop(start_proxy: StartProxy, small_target: RawTarget):
    proxy = start_proxy(small_target.url)
    with linked(proxy, small_target, receive_buffer=SMALL) as link:
        _stall(link)
        with at_once():
            proxy.stop()


def _stall(link: Linked) -> None:
    for side, masked in ((link.client, True), (link.target, False)):
        sent_until_refused(side, frame(BINARY, KIBIBYTES, masked=masked), pause=0.5)


def test_storm_of_interruptions_leaves_proxies_that_can_be_stopped():
    run_storm("proxy.proxy_storm")
