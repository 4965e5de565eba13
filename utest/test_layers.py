"""Imports point down only, and each outside package has its own layers: CONTRIBUTING.md shows the layers."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "RobotWebSocketLibrary"

GROUND = {
    "addresses",
    "byte_size",
    "deadline",
    "defaults",
    "errors",
    "key_files",
    "ownership",
    "page_text",
    "secrecy",
    "threads",
    "wall_clock",
}
CORE = GROUND | {"connection", "protocol"}
BELOW = {
    "__init__": {"library"},
    "__main__": {"__init__", "serve", "serve_arguments", "watch"},
    "watch": CORE | {"client", "proxy", "report", "serve", "server", "stop_signals"},
    "serve": CORE | {"server", "stop_signals"},
    "serve_arguments": {"byte_size", "defaults", "server"},
    "library": CORE | {"client", "editor_documentation", "introduction", "keywords", "report", "server", "session"},
    "introduction": {
        "message_introduction",
        "protocol_introduction",
        "proxy_introduction",
        "python_introduction",
        "server_introduction",
    },
    "editor_documentation": set(),
    "message_introduction": set(),
    "protocol_introduction": set(),
    "proxy_introduction": set(),
    "python_introduction": set(),
    "server_introduction": set(),
    "keywords": CORE | {"client", "matching", "proxy", "report", "server", "session"},
    "report": CORE | {"client", "server", "session"},
    "session": CORE | {"client", "matching", "server"},
    "proxy": CORE | {"client", "server"},
    "client": CORE,
    "server": CORE,
    "matching": CORE,
    "connection": GROUND | {"protocol"},
    "protocol": GROUND,
    "byte_size": set(),
    "defaults": {"byte_size"},
    "stop_signals": {"deadline"},
    "addresses": set(),
    "key_files": set(),
    "ownership": set(),
    "threads": {"deadline"},
    "wall_clock": set(),
    "deadline": set(),
    "secrecy": set(),
    "page_text": set(),
    "errors": {"deadline"},
}
OUTSIDE = {  # the layers, or the one module, that may import a package
    "assertionengine": {"matching"},
    "idna": {"client"},
    "jsonpath_rfc9535": {"matching"},
    "python_socks": {"client"},
    "robot": {"library", "keywords", "report", "session", "matching"},
    "robotlibcore": {"library", "keywords"},
    "socketserver": {"server"},
    "websocket": {"client/websocket_client.py"},
    "websockets": {"protocol/masking.py"},  # the extra `speedups`
}


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(module: Path):
    assert forbidden_imports(module.relative_to(PACKAGE), module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("__init__.py", "from .library import RobotWebSocketLibrary"),
        ("__main__.py", "from RobotWebSocketLibrary import __version__"),
        ("library.py", "from robot.api import logger"),
        ("library.py", "from .keywords import message_keywords"),
        ("client/websocket_client.py", "def write():\n    import websocket"),
        ("client/opening.py", "from ..protocol.handshake import Request"),
        ("client/__init__.py", "from .opening import open_connection"),
        ("client/opening.py", "from . import dialing"),
        ("server/listener.py", "import socketserver, ssl"),
        ("proxy/target.py", "from ..client.opening_handshake import perform_handshake"),
        ("proxy/link.py", "from ..server.conversation import Conversation"),
        ("connection/inbox.py", "from RobotWebSocketLibrary.deadline import Deadline"),
        ("protocol/frames.py", "import websockets_of_another_name"),
    ],
)
def test_allowed_import_passes(module: str, source: str):
    assert forbidden_imports(Path(module), source) == []


@pytest.mark.parametrize(
    ("module", "source", "forbidden"),
    [
        ("errors.py", "from .connection.inbox import Inbox", "connection"),
        ("protocol/frames.py", "from ..connection.inbox import Inbox", "connection"),
        ("protocol/frames.py", "from .. import connection", "connection"),
        ("protocol/frames.py", "from RobotWebSocketLibrary import keywords", "keywords"),
        ("protocol/frames.py", "import RobotWebSocketLibrary.library as top", "library"),
        ("protocol/__init__.py", "from ..client import opening", "client"),
        ("client/opening.py", "from ..server import listener", "server"),
        ("server/listener.py", "from ..client.opening import dial", "client"),
        ("connection/inbox.py", "import RobotWebSocketLibrary", "__init__"),
        ("library.py", "from . import __version__", "__init__"),
        ("__init__.py", "from .errors import WebSocketError", "errors"),
        ("connection/inbox.py", "def take():\n    from robot.api import logger", "robot"),
        ("connection/inbox.py", "if TYPE_CHECKING:\n    import robot.running", "robot"),
        ("client/opening.py", "import robotlibcore", "robotlibcore"),
        ("server/replies.py", "from assertionengine import verify_assertion", "assertionengine"),
        ("keywords/opening_keywords.py", "import ssl, websocket", "websocket"),
        ("client/opening.py", "from websocket import WebSocket", "websocket"),
        ("protocol/frames.py", "from websockets.speedups import apply_mask", "websockets"),
        ("library.py", "import socketserver", "socketserver"),
        ("server/server.py", "from ..proxy.link import ProxyLink", "proxy"),
        ("client/opening.py", "from ..proxy.link import ProxyLink", "proxy"),
        ("session/auto_close.py", "from ..proxy.proxy import WebSocketProxy", "proxy"),
        ("proxy/passage.py", "from ..matching.reply_rules import make_matcher", "matching"),
        ("proxy/passage.py", "from robot.api import logger", "robot"),
    ],
)
def test_forbidden_import_is_caught(module: str, source: str, forbidden: str):
    [caught] = forbidden_imports(Path(module), source)
    assert caught.endswith(f": {layer_of(Path(module))} must not import {forbidden}")


def test_forbidden_import_is_caught_with_its_place():
    assert forbidden_imports(Path("client/opening.py"), "import ssl\nimport socketserver\n") == [
        "client/opening.py:2: client must not import socketserver"
    ]


def test_module_outside_the_layers_is_caught():
    assert forbidden_imports(Path("utils.py"), "") == ["utils.py: 'utils' is no layer"]


@pytest.mark.parametrize("folder", [PACKAGE, Path(__file__).parent], ids=lambda folder: folder.name)
def test_no_two_modules_have_one_name(folder: Path):
    names = Counter(module.stem for module in folder.rglob("*.py") if "node_modules" not in module.parts)
    assert {name for name, count in names.items() if count > 1} <= {"__init__", "conftest"}


def forbidden_imports(module: Path, source: str) -> list[str]:
    """Lists what the module, a path inside the package, imports against the rules."""
    layer = layer_of(module)
    if layer not in BELOW:
        return [f"{module}: '{layer}' is no layer"]
    return [
        f"{module.as_posix()}:{line}: {layer} must not import {imported}"
        for line, name in imported_names(module, source)
        if (imported := import_against_the_rules(module, name))
    ]


def import_against_the_rules(module: Path, name: str) -> str | None:
    layer = layer_of(module)
    outermost, *inside = name.split(".")
    if outermost != PACKAGE.name:
        return None if {layer, module.as_posix()} & OUTSIDE.get(outermost, {layer}) else outermost
    imported = inside[0] if inside and inside[0] in BELOW else "__init__"
    return None if imported == layer or imported in BELOW[layer] else imported


def imported_names(module: Path, source: str) -> Iterator[tuple[int, str]]:
    """Yields line and absolute name of each import, those inside functions and conditions too."""
    package = [PACKAGE.name, *module.parent.parts]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            origin = [*start, *([node.module] if node.module else [])]
            yield from ((node.lineno, ".".join([*origin, alias.name])) for alias in node.names)


def layer_of(module: Path) -> str:
    return module.parts[0].removesuffix(".py")
