"""Robot Framework converts arguments of each call, without making converters for each call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from robot.api import Languages
from robot.libdocpkg import LibraryDocumentation
from robot.running.arguments import customconverters

from keywords.suites import SILENT
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.keywords.argument_conversion import CONVERTERS, ArgumentType, prepare_types
from runs import RunTests, run_suite, suite_of

LANGUAGES = Languages()


@pytest.fixture(autouse=True)
def _unused() -> Iterator[None]:
    CONVERTERS.parsed = None
    yield
    CONVERTERS.parsed = None


def test_converter_is_made_once_for_the_languages_of_a_run():
    kind = prepare_types({"timeout": timedelta | None})["timeout"]
    converter = kind.get_converter(None, LANGUAGES, allow_unknown=True)
    assert kind.get_converter(None, LANGUAGES, allow_unknown=True) is converter
    assert kind.get_converter(None, Languages("fi"), allow_unknown=True) is not converter
    assert converter.convert("2s") == timedelta(seconds=2)


def test_words_of_another_language_are_converted():
    kind = prepare_types({"compression": bool})["compression"]
    assert kind.get_converter(None, LANGUAGES, allow_unknown=True).convert("epätosi") == "epätosi"
    assert kind.get_converter(None, Languages("fi"), allow_unknown=True).convert("epätosi") is False


def test_languages_that_nobody_names_are_those_of_the_moment():
    kind = ArgumentType.from_type_hint(bool)
    assert kind.get_converter() is not kind.get_converter()


def test_type_of_what_a_keyword_returns_stays_a_hint():
    assert prepare_types({"return": list[str]}) == {"return": list[str]}


def test_signatures_of_converters_are_parsed_once_in_a_run(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    parsed = []
    for_converter = customconverters.ConverterInfo.for_converter

    def count(type_: type, *arguments: object) -> object:
        if type_ in CONVERTERS:
            parsed.append(type_)
        return for_converter(type_, *arguments)

    monkeypatch.setattr(customconverters.ConverterInfo, "for_converter", count)
    run = run_tests(
        {
            "Converted": """
                Start WebSocket Server    port=0
                ${first} =    Open WebSocket    ${websocket.server.url}    max_message_size=1 KiB
                Send Text Message    ${5}    connection=${first}
                ${five} =    Wait For Message    timeout=20s
                Should Be Equal    ${five}    5
                Send Text Message    ${{[5]}}
            """
        }
    )
    assert run.failures == {
        "Converted": "ValueError: Argument 'message' got value '[5]' (list) that cannot be converted to TextToSend: it "
        "is not text: `Send Json Message` sends dictionaries, lists and the like as JSON"
    }
    assert parsed == list(CONVERTERS)


def test_documentation_that_is_made_behind_a_run_has_all_types(tmp_path: Path):
    run_suite(tmp_path, suite_of({"Started": "Start WebSocket Server    port=0"}))
    assert not CONVERTERS
    types = {kind.name for kind in LibraryDocumentation("RobotWebSocketLibrary").type_docs}
    assert {kind.__name__ for kind in CONVERTERS} <= types


def test_duration_is_converted_once_while_it_is_the_same():
    converter = ArgumentType.from_type_hint(timedelta | None).get_converter(None, LANGUAGES, allow_unknown=True)
    first = converter.convert("2s", "timeout")
    assert converter.convert("2s", "timeout") is first
    assert converter.convert("3s", "timeout") == timedelta(seconds=3)
    assert converter.convert(2, "timeout") == first
    assert converter.convert(None, "timeout") is None
    with pytest.raises(ValueError, match="Argument 'timeout' got value 'soon' that cannot be converted to timedelta"):
        converter.convert("soon", "timeout")


def test_empty_text_is_not_a_duration_of_any_keyword():
    library = RobotWebSocketLibrary()
    for keyword in library.get_keyword_names():
        for name, kind in library.get_keyword_types(keyword).items():
            if name != "return" and timedelta in [info.type for info in kind.nested or [kind]]:
                with pytest.raises(WebSocketError, match=f"^The argument '{name}' is not a duration: ''; write one "):
                    kind.get_converter(None, LANGUAGES, allow_unknown=True).convert("", name)


def test_unset_variable_as_a_timeout_does_not_make_a_check_of_a_wait(run_tests: RunTests):
    waits = {
        "Message": "Wait For Message    timeout=${EMPTY}",
        "Json": "Wait For Json Message    $.id    timeout=${EMPTY}",
        "Several": "Wait For Messages    1    timeout=${EMPTY}",
    }
    run = run_tests({**waits, "Not Given": "Wait For Message    timeout=${None}"}, SILENT)
    refused = "The argument 'timeout' is not a duration: ''; write one such as '2s'."
    assert run.failures == dict.fromkeys(waits, refused)
