"""Reads HTTP archives with haralyzer, which was made for those of browsers."""

import json
from pathlib import Path
from types import SimpleNamespace

from robot.api import SkipExecution
from robot.api.deco import keyword, library


@library
class HarFiles:
    @keyword
    def read_har_file(self, file: Path) -> SimpleNamespace:
        """Returns what haralyzer finds in the file: `page`, `request`, `response`, and the `messages` of the entry."""
        try:
            from haralyzer import HarParser
        except ImportError:
            raise SkipExecution("haralyzer is not installed: pip install haralyzer") from None
        parser = HarParser(json.loads(file.read_text("utf-8")))
        (page,) = parser.pages
        (entry,) = page.entries
        raw = entry.raw_entry
        return SimpleNamespace(
            creator=parser.creator,
            page=page,
            request=entry.request,
            response=entry.response,
            messages=[(message["type"], message["opcode"], message["data"]) for message in raw["_webSocketMessages"]],
            remarks=[
                {name: value for name, value in message.items() if name[0] == "_"}
                for message in raw["_webSocketMessages"]
            ],
            control_frames=[(frame["type"], frame["opcode"]) for frame in raw["_webSocketControlFrames"]],
            events=[event["text"] for event in raw["_webSocketEvents"]],
        )
