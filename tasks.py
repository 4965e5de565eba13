"""The project's checks: `invoke --list` names them, `invoke test` runs them all."""

import os
import re
import sys
import tarfile
import tomllib
from pathlib import Path
from random import Random
from shutil import rmtree
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory

from invoke import Context, Exit, Result, call, task

ROOT = Path(__file__).parent
PYTHONS = ["python3.11", "python3.12", "python3.13", "python3.14"]
DOCUMENTATION_DATE = "1767225600"  # 2026-01-01, so that the page changes only when the library does

BACKGROUND: list[Popen[bytes]] = []
"""What runs beside other tasks."""

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
    """Check format, style and types of the code, and the suites as robocop and RobotCode see them."""
    run(context, "-m ruff format --check")
    run(context, "-m ruff check")
    run(context, "-m mypy")
    run(context, "-m robocop check atest examples")
    run(context, "-m robotcode.cli analyze code atest examples")


@task
def utest(context):
    """Run the unit tests, four at a time because many of them wait; every branch must be covered."""
    run(context, "-m pytest --numprocesses 4 --dist worksteal --cov")


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
    """Write docs/keywords.html and build the site into build/site, neither with a warning; check all links."""
    libdoc = "-m robot.libdoc RobotWebSocketLibrary docs/keywords.html"
    if run(context, libdoc, env={"SOURCE_DATE_EPOCH": DOCUMENTATION_DATE}).stderr:
        raise Exit("Libdoc warned.")
    page = ROOT / "docs" / "keywords.html"
    written = page.read_text("utf-8").replace(f"{ROOT}/", "")  # sources, wherever they lie
    page.write_text(re.sub(r" \(Python [^)]*\)", "", written, count=1), "utf-8")  # whatever Python wrote it
    mkdocs = "-m mkdocs build --quiet --strict --clean --config-file website/mkdocs.yml"
    if run(context, mkdocs, env={"NO_MKDOCS_2_WARNING": "1"}).stderr:
        raise Exit("MkDocs warned.")
    run(context, "website/links.py build/site")


@task
def package(context):
    """Build the distributions into dist/, and check them."""
    rmtree(ROOT / "dist", ignore_errors=True)
    run(context, "-m build --no-isolation")
    run(context, "-m twine check --strict dist/*")
    check_page()


def check_page() -> None:
    """The page of the package index has no link into the repository: there it leads nowhere."""
    with tarfile.open(next((ROOT / "dist").glob("*.tar.gz"))) as sdist:
        metadata = next(name for name in sdist.getnames() if name.endswith("/PKG-INFO"))
        page = sdist.extractfile(metadata).read().decode()
    if links := re.findall(r"\]\((?!https?:)[^)]*\)", page):
        raise Exit(f"The page of the package index has links into the repository: {', '.join(links)}")


@task(package)
def release(context, dry_run=False):
    """Try the wheel as a new user would, on each Python of this machine; without --dry-run, upload it then."""
    check_sdist()
    pythons = [python for python in PYTHONS if context.run(f"{python} -V", hide=True, warn=True, in_stream=False).ok]
    for python in pythons:
        run_quickstart(context, python)
    print(f"The quick start ran from the wheel on {', '.join(pythons)}.")
    if not dry_run:
        check_release()
        run(context, "-m twine upload dist/*")


def check_sdist() -> None:
    """A source distribution holds no caches, and nothing that was installed."""
    unwanted = ("_cache", "__pycache__", "node_modules", ".egg-info")
    with tarfile.open(next((ROOT / "dist").glob("*.tar.gz"))) as sdist:
        for name in sdist.getnames():
            if any(part.endswith(unwanted) for part in name.split("/")):
                raise Exit(f"The source distribution holds '{name}'.")


def run_quickstart(context: Context, python: str) -> None:
    """Installs the wheel, and runs the quick start elsewhere, so that the repository is not what is imported."""
    wheel = next((ROOT / "dist").glob("*.whl"))
    folder = f".venv-release-{python}"
    installed = environment(context, folder, "", python=python, options="--clear", library=f'"{wheel}[all]"')
    with TemporaryDirectory() as elsewhere, context.cd(elsewhere):
        run(context, f'-m robot --outputdir results "{ROOT / "examples" / "quickstart.robot"}"', installed)


def check_release() -> None:
    """What is uploaded has a home, and a changelog that names it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if not project.get("urls"):
        raise Exit("Nothing was uploaded: pyproject.toml has no [project.urls].")
    if "(unreleased)" in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        raise Exit("Nothing was uploaded: CHANGELOG.md calls the version unreleased.")


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
    run(context, "utest/conformance/through_proxy.py")


@task
def windows(context, kit="../shared/windows", python="build/windows"):
    """Run the quick start and the tests on a Windows Python under Wine; utest/windows.txt lists what is left out."""
    if not (ROOT / kit / "setup").exists():
        raise Exit(f"There is no folder '{kit}' with the commands 'setup' and 'run': --kit names it.")
    lines = (ROOT / "utest" / "windows.txt").read_text("utf-8").splitlines()
    skipped = [line.partition("  #")[0].split() for line in lines]
    tags = " ".join(f"--skip {name}" for kind, name in skipped if kind == "tag")
    tests = " ".join(f"--deselect '{name}'" for kind, name in skipped if kind == "test")
    failed = []
    with context.cd(ROOT):
        context.run(f"{kit}/setup {python} .")
        for seconds, arguments in (
            (120, "-m robot --outputdir examples/results/windows examples/quickstart.robot"),
            (2400, f"atest/run.py {tags}"),
            (5400, f"-m pytest utest -q -o addopts= -p no:cacheprovider {tests}"),
        ):
            if not context.run(f"T={seconds} {kit}/run {python} {arguments}", in_stream=False, warn=True).ok:
                failed.append(arguments.partition(" --")[0])
    if failed:
        raise Exit(f"It failed on Windows: {', '.join(failed)}.")


@task
def soak(context, messages=1_000_000, seed=1):
    """Send numbered messages both ways over ws and wss, through a relay in disorder; 20 minutes at most."""
    run(context, f"utest/chaos.py --messages {messages} --seed {seed} --seconds 600")


@task
def fuzz(context, seconds=60, target=""):
    """Feed damaged bytes to each parser and both ends, so many seconds each; build/fuzz keeps what is found."""
    python = environment(context, ".venv-fuzz", "atheris pytest trustme hypothesis")
    for name in [target] if target else sorted(folder.name for folder in (ROOT / "utest/fuzz/seeds").iterdir()):
        run(context, f"utest/fuzz/fuzzing.py {name} {seconds} build/fuzz", python)


@task
def mutants(context, folder="protocol", sample=0, seed=1):
    """Change the modules of a folder in thousands of ways, or a sample of them, and list what no test notices; long."""
    python = environment(context, ".venv-mutants", "mutmut", library="--editable .[dev]")
    copy = ROOT / "build" / "mutants" / folder
    rmtree(copy, ignore_errors=True)
    context.run(f'git clone --quiet . "{copy}"')
    settings = (copy / "pyproject.toml").read_text("utf-8")
    (copy / "pyproject.toml").write_text(settings.replace("/protocol", f"/{folder}"), "utf-8")
    with context.cd(copy):
        names = draw_mutants(context, python, folder, sample, seed) if sample else []
        run(context, f"-m mutmut run {' '.join(names)}", python)
        if not sample:  # a run of some says what became of each, and this list has all that were not tried
            run(context, "-m mutmut results", python)


def draw_mutants(context: Context, python: Path, folder: str, sample: int, seed: int) -> list[str]:
    """The names of so many mutants, drawn by chance. To be listed they must be made, which a run of none does."""
    run(context, "-m mutmut run none", python, hide=True, warn=True)
    listed = run(context, "-m mutmut results --all true", python, hide=True).stdout.split()
    return Random(seed).sample([name.rstrip(":") for name in listed if f".{folder}." in name], sample)


@task
def bench(context, row=""):
    """Compare speed with peers and write docs/performance.md (long), or with --row one row alone."""
    environment(context, ".venv-older", "robotframework-websocketclient==1.3.0", library="robotframework")
    environment(context, ".venv-mitmproxy", "", library="mitmproxy")
    python = environment(context, ".venv-bench", "websockets aiohttp picows")
    run(context, f"bench/run.py {f'--row {row}' if row else '--write'}", python)


@task(
    help={
        "robots": "how many robots talk at the same time",
        "seconds": "how long they do",
        "agents": "how many agents share the robots",
        "url": "where they connect, instead of to a test server",
    }
)
def load(context, robots=10, seconds=60, agents=1, url=""):
    """Run examples/load with RFSwarm on this machine; needs Python's tkinter."""
    with context.cd("examples/load"):
        run(context, '-c "from run import check_tkinter; check_tkinter()"')  # before anything is installed
    python = environment(context, ".venv-load", "rfswarm-manager rfswarm-agent")
    server = f"--url {url}" if url else ""
    run(context, f"examples/load/run.py --robots {robots} --seconds {seconds} --agents {agents} {server}", python)


@task
def begin_load(_):
    """Begin a run of examples/load beside the other checks; on a busy machine robots miss a run of a few seconds."""
    command = [sys.executable, "-m", "invoke", "load", "--robots", "2", "--seconds", "90"]
    BACKGROUND.append(Popen(command, stdout=PIPE, stderr=STDOUT))


@task
def end_load(_):
    """Show what the run of examples/load has measured, and fail when it failed."""
    running = BACKGROUND.pop()
    output = running.communicate(timeout=600)[0].decode()
    print(output)
    if running.returncode and "tkinter" not in output:
        raise Exit("examples/load failed.")


@task(
    begin_load,
    lint,
    ride,
    utest,
    atest,
    call(atest, pabot=True),
    examples,
    docs,
    package,
    floors,
    call(conformance, short=True),
    end_load,
)
def test(_):
    """Run all of these."""
