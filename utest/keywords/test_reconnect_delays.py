"""Delays before attempts to connect, compared with what a test expects."""

import pytest

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.keywords.reconnect_delays import Tolerance, check_delays
from RobotWebSocketLibrary.server.connection_attempts import ConnectionAttempt


def attempts(*delays: float | None) -> list[ConnectionAttempt]:
    return [ConnectionAttempt(number, delay=delay, outcome="503") for number, delay in enumerate(delays)]


@pytest.mark.parametrize(
    ("tolerance", "delays"),
    [("25%", (0.75, 1.5)), ("25%", (1.25, 2.5)), ("200ms", (0.81, 2.19)), ("0%", (1.0, 2.0)), ("150 %", (0.0, 5.0))],
)
def test_delays_within_the_tolerance(tolerance: str, delays: tuple[float, ...]):
    check_delays(attempts(*delays), [1, 2], Tolerance.read(tolerance), None)


@pytest.mark.parametrize(
    ("tolerance", "delays"), [("25%", (0.74, 2.0)), ("25%", (1.0, 2.51)), ("200ms", (0.79, 2.0)), ("0s", (1.0, 2.01))]
)
def test_delays_beyond_the_tolerance(tolerance: str, delays: tuple[float, ...]):
    with pytest.raises(WebSocketError):
        check_delays(attempts(*delays), [1, 2], Tolerance.read(tolerance), None)


@pytest.mark.parametrize(
    ("delays", "expected", "tolerance", "path", "message"),
    [
        (
            (0.1, 0.1, 0.11),
            [1, 2, 4],
            "25%",
            "/feed",
            (
                "Delays before 3 attempts on '/feed' were 0.10, 0.10 and 0.11 seconds; "
                "expected 1, 2 and 4 seconds, each within 25 %."
            ),
        ),
        (
            (0.1,),
            [0.5],
            "200ms",
            None,
            "The delay before 1 attempt was 0.10 seconds; expected 0.5 seconds, within 200 milliseconds.",
        ),
        (
            (0.5, None),
            [1, 2],
            "25%",
            "/feed?token=abc",
            (
                "The delay before attempt 2 on '/feed?token=***' is not known: "
                "no connection and no attempt had ended before it."
            ),
        ),
    ],
)
def test_what_a_failure_says(
    delays: tuple[float | None, ...], expected: list[float], tolerance: str, path: str | None, message: str
):
    with pytest.raises(WebSocketError) as failure:
        check_delays(attempts(*delays), expected, Tolerance.read(tolerance), path)
    assert str(failure.value) == message


@pytest.mark.parametrize("tolerance", ["much%", "-5%", "inf%", "nan%", "%"])
def test_share_that_is_not_a_tolerance(tolerance: str):
    with pytest.raises(WebSocketError) as failure:
        Tolerance.read(tolerance)
    assert str(failure.value) == f"The argument 'tolerance' is '{tolerance}'; write one such as '25%' or '200ms'."


def test_text_that_is_not_a_tolerance():
    with pytest.raises(WebSocketError) as failure:
        Tolerance.read("much")
    assert str(failure.value) == "The argument 'tolerance' is not a duration: 'much'; write one such as '2s'."
