"""Sizes in bytes, as they are written and read."""

import pytest

from RobotWebSocketLibrary.byte_size import ByteSize


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1000, "1000 bytes"),
        (1024, "1 KiB"),
        (64 << 20, "64 MiB"),
        (3 << 30, "3 GiB"),
        (1536, "1536 bytes"),
    ],
)
def test_sizes_read_as_they_are_written(size: int, text: str):
    assert str(ByteSize(size)) == repr(ByteSize(size)) == text
    assert ByteSize.read(text) == size


@pytest.mark.parametrize("text", ["", "1.5 MiB", "-1", "MiB", "1 MB", "٣ MiB x"])
def test_what_is_no_size_is_refused(text: str):
    with pytest.raises(ValueError, match="is not a size"):
        ByteSize.read(text)
