"""Robot Framework's timeouts and Ctrl-C may strike a keyword at any point."""

from storm_runs import run_storm


def test_the_next_call_of_a_keyword_mends_what_an_interruption_has_left():
    run_storm("session.keyword_storm")
