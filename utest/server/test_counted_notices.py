"""What a server has to say: counted, bounded, and whole under threads."""

from concurrent.futures import ThreadPoolExecutor

from RobotWebSocketLibrary.server.counted_notices import KEPT_NOTICES, CountedNotices


def take_all(notices: CountedNotices) -> list[str]:
    return [notices.popleft() for _ in range(len(notices))]


def test_repeated_notice_is_one_line_with_its_count():
    notices = CountedNotices()
    for text in ("a", "b", *["a"] * 1233):
        notices.append(text)
    assert list(notices) == ["a", "b"]
    assert take_all(notices) == ["a (1,234 times)", "b"]
    assert not notices


def test_oldest_notice_is_forgotten_first():
    notices = CountedNotices()
    for number in range(KEPT_NOTICES + 2):
        notices.append(str(number))
    assert take_all(notices) == [str(number) for number in range(2, KEPT_NOTICES + 2)]


def test_threads_lose_no_count():
    notices = CountedNotices()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: notices.append("a"), range(4000)))
    assert take_all(notices) == ["a (4,000 times)"]
