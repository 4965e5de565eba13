"""Keywords that do nothing, with arguments, documentation and tags of ours, which Robot Framework writes for each."""

from __future__ import annotations

from empty_keywords import empty_keywords
from robotlibcore import DynamicCore

from RobotWebSocketLibrary import RobotWebSocketLibrary


class documented_keywords(DynamicCore):  # noqa: N801 - Robot Framework looks for a class of the module's name
    def __init__(self) -> None:
        super().__init__([empty_keywords()])
        self._library = RobotWebSocketLibrary()

    def get_keyword_documentation(self, name: str) -> str:
        return self._library.get_keyword_documentation("Open WebSocket" if name == "open_websocket" else name)

    def get_keyword_tags(self, name: str) -> list[str]:
        return self._library.get_keyword_tags("Open WebSocket" if name == "open_websocket" else name)
