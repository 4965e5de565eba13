"""What the keyword page says about keywords that Python calls."""

from __future__ import annotations

PYTHON_INTRODUCTION = r"""
= In Python =

Keywords are methods of the library: in a script, in an interactive session, or in a library that is built upon this
one. Their arguments are converted as in a test. What is opened outside of a run belongs to no test, and ``close``
closes it. Warnings go to Python's logger ``RobotFramework``, and ``library.websocket`` is the live object.

| from contextlib import closing
| from RobotWebSocketLibrary import RobotWebSocketLibrary
|
| with closing(RobotWebSocketLibrary(timeout="2s")) as library:
|     server = library.start_websocket_server()
|     library.open_websocket(server.url)
|     library.send_text_message("hello")
|     library.wait_for_message("==", "hello", timeout="2s")

A library that is built upon this one makes it a listener, so that it closes what a test left open:

| from RobotWebSocketLibrary import RobotWebSocketLibrary
|
| class ChatLibrary:
|     def __init__(self):
|         self.library = self.ROBOT_LIBRARY_LISTENER = RobotWebSocketLibrary()
|
|     def log_in(self, url, user):
|         self.library.open_websocket(url)
|         self.library.send_json_message({"user": user})
"""
