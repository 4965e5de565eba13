"""What the keywords of plain HTTP refuse, and what they keep. The rest is in `atest/plain_http.robot`."""

from pathlib import Path

from runs import RunTests, cases_by_number


def test_bad_input(run_tests: RunTests, tmp_path: Path):
    missing = tmp_path / "missing.html"
    cases = {
        "Add Http Response    G T    /": "Invalid HTTP method 'G T': write one such as 'GET'.",
        "Add Http Response    GET    /    101": (
            "Cannot answer a request with the status 101: it must be from 200 to 599."
        ),
        "Add Http Response    GET    /    times=0": ("The argument 'times' is 0; a response is used at least once."),
        f"Add Http Response    GET    /    file={missing.as_posix()}": (
            f"The file '{missing}' of the argument 'file' does not exist."
        ),
        f"Add Http Response    GET    /    file={__file__}    body=x": "A response has a 'body' or a 'file', not both.",
        "Add Http Response    GET    /    204    body=x": "An answer with the status 204 has no body.",
        "Add Http Response    GET    /    body=${5}": (
            "The body of a response is text, bytes, a dictionary or a list, not int."
        ),
        "Add Http Response    GET    /    body=${{ [object] }}": (
            "The body of a response cannot be written as JSON: Object of type type is not JSON serializable."
        ),
        "Add Http Response    GET    /    body=${{ 'a' + chr(0xD800) }}": (
            "The body of a response contains half a surrogate pair (position 2)."
        ),
        "Add Http Response    GET    /    headers=${{ {'A B': '1'} }}": (
            "Invalid header name 'A B': use letters, digits and hyphens."
        ),
    }
    run = run_tests(cases_by_number(cases), "Suite Setup    Start WebSocket Server")
    assert list(run.failures.values()) == list(cases.values())


def test_bodies_are_kept_as_they_are(run_tests: RunTests):
    run = run_tests(
        {
            "Kept": """
                Start WebSocket Server
                VAR    &{body}    a=${1}
                Add Http Response    GET    /    body=${body}
                Set To Dictionary    ${body}    a=${2}
                ${url} =    Evaluate    $websocket.server.url.replace('ws', 'http', 1)
                ${answer} =    Evaluate    urllib.request.urlopen($url, timeout=20).read()    modules=urllib.request
                Should Be Equal    ${answer}    ${{b'{"a":1}'}}
                ${requests} =    Get Http Requests    method=get    path=/
                Log    ${requests}[0]
            """
        },
        "Library    Collections",
    )
    assert run.failures == {}
    assert run.log("Log") == [("INFO", "GET '/' answered with 200")]
    lines = [text for level, text in run.log("Evaluate") + run.log("Get Http Requests") if level == "DEBUG"]
    assert any(line.endswith("plain HTTP request was answered: GET / with 200") for line in lines)
