"""The project's checks: `invoke --list` names them, `invoke test` runs them all."""

import os
import sys
import tomllib
from pathlib import Path
from shutil import rmtree

from invoke import Context, Exit, Result, call, task

ROOT = Path(__file__).parent
DOCUMENTATION_DATE = "1767225600"  # 2026-01-01, so that the page changes only when the library does

os.chdir(ROOT)


def run(context: Context, arguments: str, python: str | Path = sys.executable, **options: object) -> Result:
    """Runs Python with the arguments, shows what it runs, and fails the task when it fails."""
    return context.run(f'"{python}" {arguments}', echo=True, echo_format="$ {command}", in_stream=False, **options)


def environment(
    context: Context,
    folder: str,
    packages: str,
    *,
    python: str = sys.executable,
    options: str = "",
    library: str = "--editable .",
) -> Path:
    """Makes a virtual environment with this library, or another one, and the packages, and returns its Python."""
    run(context, f"-m venv {folder} {options}", python)
    environment_python = ROOT / folder / "bin" / "python"
    run(context, f"-m pip install --quiet {library} {packages}", environment_python)
    return environment_python


@task
def lint(context):
    """Check format, style and types of the code, and the style of the suites."""
    run(context, "-m ruff format --check")
    run(context, "-m ruff check")
    run(context, "-m mypy")
    run(context, "-m robocop check atest examples")


@task
def utest(context):
    """Run the unit tests; every branch must be covered."""
    run(context, "-m pytest --cov")


@task
def atest(context, pabot=False):
    """Run the acceptance tests, with --pabot in parallel."""
    run(context, f"atest/run.py {'--pabot' if pabot else ''}")


@task
def examples(context):
    """Run the examples."""
    run(context, "-m robot --outputdir examples/results examples")


@task
def docs(context):
    """Write docs/keywords.html; Libdoc must not warn."""
    libdoc = "-m robot.libdoc RobotWebSocketLibrary docs/keywords.html"
    if run(context, libdoc, env={"SOURCE_DATE_EPOCH": DOCUMENTATION_DATE}).stderr:
        raise Exit("Libdoc warned.")
    page = ROOT / "docs" / "keywords.html"
    page.write_text(page.read_text("utf-8").replace(f"{ROOT}/", ""), "utf-8")  # sources, wherever they lie


@task
def package(context):
    """Build the distributions into dist/, and check them."""
    rmtree(ROOT / "dist", ignore_errors=True)
    run(context, "-m build --no-isolation")
    run(context, "-m twine check --strict dist/*")


@task
def ride(context):
    """Check that RIDE finds every keyword; needs Debian's python3-wxgtk4.0."""
    debian = "/usr/bin/python3"
    if not context.run(f"{debian} -c 'import wx'", hide=True, warn=True, in_stream=False).ok:
        print(f"RIDE is not checked: {debian} has no wxPython. In Debian: apt-get install python3-wxgtk4.0")
        return
    environment(context, ".venv-ride", "robotframework-ride", python=debian, options="--system-site-packages")
    run(context, "-m pytest utest/test_ride.py")


@task
def floors(context):
    """Run the acceptance tests on the oldest releases that pyproject.toml admits, Robot Framework 7.4 first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    requirements = project["dependencies"] + extras["proxy"] + extras["tls"]
    peers = "robotstatuschecker websockets"  # the newest: before 17.1 `websockets`, as a client, fails at a redirect
    run(context, "atest/run.py", environment(context, ".venv-floors", f"{pin(requirements)} {peers}"))
    masking = environment(context, ".venv-floors", pin(requirements + extras["speedups"]))
    run(context, "atest/run.py --suite messages --suite fragments --suite compression", masking)


def pin(requirements: list[str]) -> str:
    """The oldest releases that are admitted, for pip."""
    return " ".join(requirement.replace(">=", "==") for requirement in requirements)


@task
def conformance(context, short=False):
    """Run the Autobahn cases against both ends (over an hour), with --short those that take little time."""
    for compression in ("", "--without-compression"):
        run(context, f"utest/conformance/run.py {compression} {'--short' if short else ''}")


@task
def bench(context, row=""):
    """Compare speed with peers and write docs/performance.md (long), or with --row one row alone."""
    environment(context, ".venv-older", "robotframework-websocketclient==1.3.0", library="robotframework")
    python = environment(context, ".venv-bench", "websockets aiohttp picows")
    run(context, f"bench/run.py {f'--row {row}' if row else '--write'}", python)


@task(lint, ride, utest, atest, call(atest, pabot=True), examples, docs, package, floors, call(conformance, short=True))
def test(_):
    """Run all of these."""
