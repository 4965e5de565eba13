import time

from RobotWebSocketLibrary.wall_clock import choose_clock


def test_a_fine_clock_is_read_itself():
    assert choose_clock(1e-9) is time.time


def test_a_coarse_clock_moves_on_with_the_fine_one():
    now = choose_clock(0.0156)
    before = now()
    assert abs(before - time.time()) < 1
    assert now() > before
