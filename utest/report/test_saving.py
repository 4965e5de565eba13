from pathlib import Path

import pytest

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.report import saving


def test_a_name_that_windows_would_hide_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(saving, "STREAM_SIGN", ":")
    path = tmp_path / "12:30.har"
    with pytest.raises(WebSocketError) as failure, saving.explain_saving(path):
        path.write_text("never")
    expected = f"Could not save the traffic as '{path}': the name of a file cannot hold ':' on Windows."
    assert str(failure.value) == expected
    assert not path.exists()
