"""Starts proxies of other makers on free ports of this machine: tinyproxy, microsocks, nginx and haproxy."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

import trustme
from Ports import Ports
from robot.api import SkipExecution
from robot.api.deco import keyword, library

PATIENCE = 60.0
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
LogLevel Critical
Allow 127.0.0.1
{further}
"""
NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.pem;
        location /moved {{ return 302 /; }}
        location / {{
            proxy_pass http://127.0.0.1:{server};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""
HAPROXY = """
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend encrypted
    bind 127.0.0.1:{port} ssl crt {folder}/server.pem
    http-request redirect location / code 302 if {{ path /moved }}
    default_backend servers
backend servers
    server one 127.0.0.1:{server}
"""

TLS_IN_FRONT = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend encrypted
    bind 127.0.0.1:{port} ssl crt {folder}/server.pem
    default_backend proxies
backend proxies
    server one 127.0.0.1:{server}
"""


@library(scope="TEST", listener="SELF")
class Proxies:
    """Each proxy ends with the test that started it. A test skips itself where the program is not installed."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folders: list[Path] = []
        self._ports = Ports()

    @keyword
    def start_tinyproxy(self, *lines: str) -> int:
        """Returns the port of an HTTP proxy. Lines are added to its configuration."""
        program, folder, port = _program("tinyproxy"), self._folder(), self._ports.hold_port()
        configuration = folder / "tinyproxy.conf"
        configuration.write_text(TINYPROXY.format(port=port, further="\n".join(lines)))
        return self._started(port, folder, program, "-d", "-c", configuration)

    @keyword
    def start_microsocks(self, user: str = "", password: str = "") -> int:
        """Returns the port of a SOCKS proxy."""
        program, folder, port = _program("microsocks"), self._folder(), self._ports.hold_port()
        credentials = ("-u", user, "-P", password) if user else ()
        return self._started(port, folder, program, "-i", "127.0.0.1", "-p", str(port), *credentials)

    @keyword
    def put_tls_in_front_of(self, proxy_port: int) -> tuple[str, Path]:
        """Returns URL and authority of haproxy, which adds TLS to a proxy on this machine."""
        port, authority = self._start_with_tls("haproxy", TLS_IN_FRONT, ("-f",), proxy_port)
        return f"https://localhost:{port}", authority

    @keyword
    def join_authorities(self, *files: Path) -> Path:
        """Returns a file that holds the certificates of all."""
        joined = self._folder() / "authorities.pem"
        joined.write_bytes(b"".join(file.read_bytes() for file in files))
        return joined

    @keyword
    def start_reverse_proxy(self, name: str, server_port: int) -> tuple[str, Path]:
        """Returns URL and authority of nginx or haproxy, with TLS in front of a server on this machine."""
        options = {"nginx": ("-p", "{folder}", "-c"), "haproxy": ("-f",)}[name]
        template = {"nginx": NGINX, "haproxy": HAPROXY}[name]
        port, authority = self._start_with_tls(name, template, options, server_port)
        return f"wss://localhost:{port}/", authority

    def _start_with_tls(self, name: str, template: str, options: tuple[str, ...], server_port: int) -> tuple[int, Path]:
        program, folder, port = _program(name), self._folder(), self._ports.hold_port()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        issued = authority.issue_cert("localhost", "127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        configuration = folder / "proxy.conf"
        configuration.write_text(template.format(port=port, server=server_port, folder=folder))
        self._started(port, folder, program, *(one.format(folder=folder) for one in options), configuration)
        return port, folder / "ca.pem"

    def end_test(self, *_: object) -> None:
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        while self._folders:
            shutil.rmtree(self._folders.pop(), ignore_errors=True)
        self._ports.end_test()

    def _folder(self) -> Path:
        self._folders.append(Path(mkdtemp(prefix="proxy-")))
        self._folders[-1].chmod(0o755)  # nginx and tinyproxy may change their user
        return self._folders[-1]

    def _started(self, port: int, folder: Path, *command: str | Path) -> int:
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._processes.append(process)
        end = time.monotonic() + PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{command[0]} did not start: {(folder / 'output.txt').read_text()}")
            time.sleep(0.02)
        return port


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS]))
    if found is None:
        raise SkipExecution(f"{name} is not installed.")
    return found


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
