"""WebSocket testing for Robot Framework, from both ends of a connection."""

from .library import RobotWebSocketLibrary, __version__

__all__ = ["RobotWebSocketLibrary", "__version__"]
