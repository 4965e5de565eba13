"""Pings and pongs."""

from keywords.suites import ECHO
from peers.raw import CLOSE, PING, PONG, RawEnd
from peers.scripted import serving, switch
from runs import RunTests, cases_by_number


def test_pings_and_pongs(run_tests: RunTests):
    run = run_tests(
        {
            "Round Trip": r"""
                FOR    ${body}    IN    ${EMPTY}    are you there    \x00\xff    ${{'x' * 125}}
                    Send Ping    ${body}
                    ${round_trip} =    Wait For Pong    timeout=20s
                    Should Be True    0 < ${round_trip} < 20
                END
            """,
            "By Body": """
                Send Ping    one
                Send Ping    two
                Wait For Pong    two
                Wait For Pong    one
            """,
            "Of The Server": r"""
                ${peer} =    Wait For Client
                Send Ping    \x01\x02    connection=${peer}
                ${body} =    Wait For Ping    timeout=20s
                Should Be Equal    ${body}    ${{b'\x01\x02'}}
                Wait For Pong    connection=${peer}
            """,
            "Unsolicited Pong": r"""
                ${peer} =    Wait For Client
                Send Pong
                Send Pong    \x00\xff    connection=main
                ${round_trip} =    Wait For Pong    \x00\xff    connection=${peer}
                Should Be Equal    ${round_trip}    ${None}
                Wait For Pong    ${EMPTY}    connection=${peer}
            """,
        },
        ECHO,
    )
    assert run.failures == {}
    logged = {
        "Send Ping": "Sent a ping.",
        "Send Pong": "Sent a pong.",
        "Wait For Pong": "Received a pong.",
        "Wait For Ping": "Received a ping.",
    }
    for keyword, line in logged.items():
        infos = [text for level, text in run.log(keyword) if level == "INFO" and not text.startswith("${")]
        assert infos
        assert set(infos) == {line}


def test_unsolicited_pong_has_no_round_trip(run_tests: RunTests):
    def script(end: RawEnd) -> None:
        switch(end)
        end.send_frame(PONG, b"unasked")
        end.send_frame(PING, b"and you?")
        while end.receive_frame().opcode != CLOSE:
            pass

    with serving(script) as peer:
        run = run_tests(
            {
                "Unsolicited": f"""
                    Open WebSocket    {peer.url}
                    ${{round_trip}} =    Wait For Pong    unasked    timeout=20s
                    Should Be Equal    ${{round_trip}}    ${{None}}
                    Wait For Ping
                """
            }
        )
    assert run.failures == {}


def test_bad_input(run_tests: RunTests):
    cases = {
        "Send Pong    ${{'x' * 126}}": "The body of a pong has 126 bytes; at most 125 are allowed.",
        "Send Pong    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Send Ping    €": (
            "ValueError: Argument 'body' got value '€' that cannot be converted to bytes: Character '€' cannot be "
            "mapped to a byte."
        ),
        "Send Ping    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Wait For Ping    timeout=-1": "The argument 'timeout' is negative: -1 seconds.",
        "Close And Wait For Ping": "No ping from 'main': closed with 1000 (normal closure).",
        "Close And Wait For Pong": "No pong from 'main': closed with 1000 (normal closure).",
    }
    run = run_tests(
        cases_by_number(cases),
        ECHO
        + """
Close And Wait For Ping
    Close WebSocket
    Wait For Ping    timeout=1 hour
Close And Wait For Pong
    Close WebSocket
    Wait For Pong    x    timeout=1 hour
""",
    )
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}
