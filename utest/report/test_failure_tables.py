"""What log.html shows beneath a failure: the opening handshake that failed, and whole messages of the inbox."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers.raw import TEXT, RawEnd, frame
from peers.scripted import answering, serving, switch, until_client_leaves
from report.live_html import Page, check_is_ours
from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.errors import HandshakeError
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Request, Response
from RobotWebSocketLibrary.report.handshake_html import draw_handshake
from RobotWebSocketLibrary.report.inbox_html import draw_messages
from runs import Run, RunTests, lines_of

TEXTS = st.lists(st.sampled_from(["<script>", "</pre>", "</td>", "&lt;", "\0", "\n"]) | st.text(max_size=9)).map(
    "".join
)
CELL = re.compile(r"<td>(?:<details><summary>)?([^<]*)")


def html_of(run: Run, keyword: str) -> list[str]:
    shown = [line.message for line in lines_of(run.keywords(keyword)[-1]) if line.html]
    for html in shown:
        check_is_ours(html)
    return shown


# The opening handshake

REFUSAL = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nSet-Cookie: hidden\r\nX-Token: hidden\r\n\r\n"
    b"<!doctype html><title>Shop</title><p>No <b>such</b> page here; " + b"sorry, " * 30
)


def test_refused_handshake_is_shown_masked_and_folded_in(run_tests: RunTests):
    with serving(answering(REFUSAL)) as peer:
        run = run_tests(
            {
                "Refused": f"""
                    VAR    &{{headers}}    X-Mine=hidden
                    Open WebSocket    {peer.url}chat?token=hidden&room=1    headers=${{headers}}    origin=http://shop/
                """
            },
            loglevel="INFO",
        )
    (table,) = html_of(run, "Open WebSocket")
    assert table.startswith("<details><summary>Opening handshake with 'ws://127.0.0.1:")
    assert "?token=***&amp;room=1': HTTP 404 Not Found</summary>" in table
    cells = CELL.findall(table)
    rows = [tuple(cells[at : at + 3]) for at in range(0, len(cells), 3)]
    assert rows[0] == ("→ sent", "", "GET /chat?token=***&amp;room=1")
    assert ("→ sent", "Upgrade", "websocket") in rows
    assert ("→ sent", "Origin", "http://shop/") in rows
    assert ("→ sent", "X-Mine", "***") in rows
    assert rows[-5:-1] == [
        ("← received", "", "HTTP 404 Not Found"),
        ("← received", "Content-Type", "text/html"),
        ("← received", "Set-Cookie", "***"),
        ("← received", "X-Token", "***"),
    ]
    assert rows[-1][:2] == ("← received", "body")
    assert rows[-1][2].startswith("Shop: No such page here; sorry, sorry")
    assert Page(table).texts["pre"] == [REFUSAL.partition(b"\r\n\r\n")[2].decode()]
    assert "hidden" not in table


def test_answer_that_never_came_is_told(run_tests: RunTests):
    with serving(until_client_leaves) as peer:
        run = run_tests({"Silent": f"Open WebSocket    {peer.url}    timeout=300ms"})
    (table,) = html_of(run, "Open WebSocket")
    assert Page(table).texts["summary"] == [f"Opening handshake with '{peer.url}': no answer"]
    assert set(CELL.findall(table)[::3]) == {"→ sent"}


def test_redirect_that_leads_nowhere_shows_what_was_asked(run_tests: RunTests):
    with serving(answering(b"HTTP/1.1 302 Found\r\nLocation: ftp://else/\r\n\r\n")) as peer:
        run = run_tests({"Redirected": f"Open WebSocket    {peer.url}    redirects=1"})
    (table,) = html_of(run, "Open WebSocket")
    assert Page(table).texts["summary"] == [f"Opening handshake with '{peer.url}': HTTP 302 Found"]
    assert CELL.findall(table)[2] == "GET /"


def test_nothing_is_shown_where_nothing_was_sent_or_the_refusal_was_expected(run_tests: RunTests):
    with serving(answering(REFUSAL)) as peer:
        run = run_tests(
            {
                "Expected": f"Open WebSocket    {peer.url}    expected_status=404",
                "No Server": "Open WebSocket    ws://127.0.0.1:1/",
            }
        )
    assert list(run.failures) == ["No Server"]
    assert [line for found in run.keywords("Open WebSocket") for line in lines_of(found) if line.html] == []


def test_handshake_that_was_not_expected_to_pass_is_shown(run_tests: RunTests):
    def script(end: RawEnd) -> None:
        switch(end)
        until_client_leaves(end)

    with serving(script) as peer:
        run = run_tests({"Accepted": f"Open WebSocket    {peer.url}    expected_status=401"})
    (table,) = html_of(run, "Open WebSocket")
    assert Page(table).texts["summary"] == [f"Opening handshake with '{peer.url}': HTTP 101 Switching Protocols"]


def test_only_the_beginning_of_a_long_body_is_shown():
    error = HandshakeError("ws://h/", response=Response(502, "Bad", body=b"x" * 10_000))
    error.request = Request("GET", "/")
    assert Page(draw_handshake(error)).texts["pre"] == ["x" * 8192 + "…\n(10,000 characters)"]


@given(TEXTS, TEXTS, TEXTS)
def test_handshake_has_no_live_html(name: str, value: str, body: str):
    error = HandshakeError("ws://h/", response=Response(502, value, Headers([(name, value)]), body.encode()))
    error.request = Request("GET", value, Headers([(name, value)]))
    check_is_ours(draw_handshake(error))


# Messages


@pytest.mark.parametrize(
    ("keyword", "arguments", "count"),
    [
        ("Wait For Message", "==    none    timeout=300ms", "2 messages"),
        ("Should Not Receive Message", "contains    items    within=20s", "1 message"),
    ],
)
def test_long_messages_are_whole_beneath_a_failure(run_tests: RunTests, keyword: str, arguments: str, count: str):
    long = json.dumps({"items": list(range(200))})
    first = "Wait For Message    ==    first    timeout=20s" if count == "1 message" else ""

    def script(end: RawEnd) -> None:
        switch(end)
        end.send(frame(TEXT, b"first") + frame(TEXT, long.encode()))
        until_client_leaves(end)

    with serving(script) as peer:
        opening = f"Open WebSocket    {peer.url}    alias=main"
        run = run_tests({"Long": "\n".join([opening, first, f"{keyword}    {arguments}"])}, loglevel="INFO")
    assert list(run.failures) == ["Long"]
    _, table = html_of(run, keyword)
    page = Page(table)
    assert page.texts["summary"][0] == f"Inbox of 'main': {count}"
    assert page.texts["pre"] == [long]


def inbox_of(*messages: str | bytes) -> Inbox:
    inbox = Inbox(InboxLimit())
    for message in messages:
        assert inbox.add([message], len(message))  # type: ignore[list-item]
    return inbox


def test_messages_that_a_line_shows_need_no_table():
    assert draw_messages(inbox_of(), "main", 1000) == ""
    assert draw_messages(inbox_of("a" * 120, b"b" * 120), "main", 1000) == ""


def test_table_has_the_last_messages_and_their_types():
    page = Page(draw_messages(inbox_of("early", *["x" * 121] * 19, b"\xff"), "<main>", 100_000))
    assert page.texts["summary"][0] == "Inbox of '<main>': 21 messages (1 earlier is not shown)"
    assert page.texts["td"][:3] == ["2", "text", "121"]
    assert page.texts["td"][-4:] == ["21", "binary", "1", r"'\xff'"]
    assert page.texts["pre"] == ["x" * 121] * 19
    page = Page(draw_messages(inbox_of(*["x" * 121] * 22), "main", 130))
    assert page.texts["summary"][0] == "Inbox of 'main': 22 messages (2 earlier are not shown)"
    assert page.texts["pre"] == ["x" * 121]


@given(st.lists(TEXTS | st.binary(max_size=200), max_size=5), TEXTS)
def test_messages_have_no_live_html(messages: list[str | bytes], name: str):
    html = draw_messages(inbox_of("x" * 200, *messages), name, 10_000)
    check_is_ours(html)
