"""What the keywords of greetings refuse. The rest is in `atest/greetings.robot`."""

from runs import RunTests, cases_by_number


def test_bad_input(run_tests: RunTests):
    cases = {
        "Add Server Greeting": "`Add Server Greeting` needs at least one message.",
        "Add Server Greeting    o    every=0s": "The argument 'every' is 0 seconds; leave it out to greet once.",
        "Add Server Greeting    ${5}": "A greeting is text, bytes, a dictionary or a list, not integer.",
        "Add Server Greeting    ${{chr(0xD800)}}": "Cannot send a greeting with half a surrogate pair (position 1).",
    }
    run = run_tests(cases_by_number(cases), "Suite Setup    Start WebSocket Server")
    assert list(run.failures.values()) == list(cases.values())


def test_greeting_that_looks_like_an_argument_causes_a_warning(run_tests: RunTests):
    run = run_tests(
        {"Greeting": "Add Server Greeting    {}    timeout=5s    pth=/chat    path=/chat"},
        "Suite Setup    Start WebSocket Server",
    )
    assert run.failures == {}
    assert run.errors == [
        "`Add Server Greeting` has no argument 'timeout': 'timeout=5s' was taken for a greeting.",
        "`Add Server Greeting` has no argument 'pth' (did you mean 'path'?): 'pth=/chat' was taken for a greeting.",
    ]


def test_greetings_are_kept_as_they_are(run_tests: RunTests):
    run = run_tests(
        {
            "Kept": """
                Start WebSocket Server    default_protocol=silent
                VAR    @{list}    ${1}
                Add Server Greeting    ${list}    ${{b'1'}}    two
                Append To List    ${list}    ${2}
                Open WebSocket    ${websocket.server.url}
                ${messages} =    Wait For Messages    3    timeout=20s
                Should Be Equal    ${messages}    ${{['[1]', b'1', 'two']}}
            """
        },
        "Library    Collections",
    )
    assert run.failures == {}
