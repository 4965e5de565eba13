"""Nothing that a peer sends can break a run's output.xml and log.html, or become HTML in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from robot.api import ExecutionResult

from peers.raw import PATIENCE
from peers.scripted import sending, serving

IMAGE = "<img src=x onerror=alert(1)>"
MESSAGES = {
    "half a pair in a value": r'{"id": 1, "text": "\ud800"}',
    "half a pair in a name": r'{"id": 1, "\uDFFF": "text"}',
    "half a pair in binary": rb'[{"id": 1}, "\uDBFFx"]',
    "half a pair alone": r'"\udc00"',
    "HTML": f'{{"id": "*HTML*{IMAGE}"}}',
    "HTML alone": f"*HTML*{IMAGE}",
    "HTML in JSON": f'"*HTML*{IMAGE}"',
    "controls": '{"id": "\x7f\x85\u202e\\u0000\\u001b[31m\\uffff"}',
    "controls alone": "\0\x1b[31m\x85\u2028\uffff",
}
SUITE = """
*** Settings ***
Library    RobotWebSocketLibrary    timeout=100ms

*** Test Cases ***
{tests}
*** Keywords ***
Fail To Find
    [Arguments]    @{{keyword}}
    Run Keyword And Expect Error    GLOB:No *    @{{keyword}}
"""
TEST = r"""
{name}
    Open WebSocket    {url}    timeout=20s
    Run Keyword And Ignore Error    Should Not Receive Message    matches    .    within=20s
    Fail To Find    Wait For Json Message    $.id    ==    1
    Fail To Find    Wait For Json Message    $    starts    none
    Fail To Find    Wait For Json Message    $..*    validate    value.none
    Fail To Find    Wait For Message    validate    value.none
    TRY
        ${{message}} =    Wait For Json Message    timeout=100ms
        Log    ${{message}}
    EXCEPT    No JSON message from *    type=GLOB    AS    ${{error}}
        Log    ${{error}}
    END
    ${{message}} =    Wait For Message    timeout=100ms
    Log    ${{message}}
    Fail    No: ${{message}}
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in a process of its own."""
    folder = tmp_path_factory.mktemp("output")
    twice = [[message, message] for message in MESSAGES.values()]
    with serving(*map(sending, twice)) as peer:
        tests = "".join(TEST.format(name=name, url=peer.url) for name in MESSAGES)
        (folder / "suite.robot").write_text(SUITE.format(tests=tests), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "robot", "--loglevel", "TRACE", "--outputdir", folder, folder / "suite.robot"],
            capture_output=True,
            timeout=4 * PATIENCE,
            check=False,
        )
    assert done.returncode == len(MESSAGES), done.stdout.decode(errors="replace")
    assert done.stderr == b""
    return folder


def test_output_can_be_read(output: Path):
    ET.parse(output / "output.xml")
    result = ExecutionResult(output / "output.xml")
    assert not result.errors.messages
    tests = {test.name: test for test in result.suite.all_tests}
    assert list(tests) == list(MESSAGES)
    assert all(test.message.startswith("No: ") for test in tests.values()), [test.message for test in tests.values()]
    assert (output / "log.html").stat().st_size > 100_000


def test_no_text_of_a_peer_is_html(output: Path):
    for _, line in ET.iterparse(output / "output.xml"):
        if line.get("html") == "true":
            assert "<img" not in (line.text or "")


def test_half_a_pair_is_not_returned_as_json(output: Path):
    tests = {test.name: test for test in ExecutionResult(output / "output.xml").suite.all_tests}
    for name in (name for name in MESSAGES if name.startswith("half")):
        branch = next(item for item in tests[name].body if item.type == "TRY/EXCEPT ROOT").body[1]
        [error] = [message.message for message in branch.body[0].messages if message.level == "INFO"]
        assert "holds half a surrogate pair, which no text may: take it with `Wait For Message`" in error
