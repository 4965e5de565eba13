"""Runs the acceptance tests and checks each outcome against the test's documentation (FAIL, SKIP, LOG).

Usage: python atest/run.py [--pabot] [option of robot ...]

With --pabot the suites run in parallel. `--suite messages`, `--test '*Close*'` and the other options of robot
select what runs; `--console verbose` shows it running. The results are in atest/results/.
"""

import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import robot
import robot.version
from robot.result import Result, TestCase
from robotstatuschecker import StatusChecker

SUITES = Path(__file__).parent
SHARED = SUITES.parent / "utest"  # whose scripted server plays for the suites too
DID_NOT_RUN = 251  # from here on, a return code of robot tells why there are no results


class OutcomeChecker(StatusChecker):
    """Leaves a test that skipped itself, for want of a browser or a peer, as it is."""

    def visit_test(self, test: TestCase) -> None:
        if not test.skipped:
            super().visit_test(test)


def main(arguments: list[str]) -> int:
    """Returns the number of failed tests, or why there are no results."""
    runner = "pabot" if "--pabot" in arguments else "robot"
    options = [argument for argument in arguments if argument != "--pabot"]
    results = SUITES / "results" / f"{runner}-{robot.version.VERSION}"

    rmtree(results, ignore_errors=True)
    return_code = run(runner, [f"--outputdir={results}", *options])
    if return_code >= DID_NOT_RUN:
        return return_code

    result = OutcomeChecker().check(results / "output.xml")
    robot.rebot(results / "output.xml", outputdir=results)
    print_summary(result)
    return result.return_code


def run(runner: str, options: list[str]) -> int:
    """Runs quietly: before it is checked, an outcome tells nothing."""
    robot_command = [sys.executable, "-m", "robot"]
    pabot_command = [sys.executable, "-m", "pabot.pabot", "--pabotconsole", "quiet", "--no-pabotlib"]
    command = [*pabot_command, "--command", *robot_command, "--end-command"] if runner == "pabot" else robot_command
    command += [f"--pythonpath={SHARED}", "--console=none", "--loglevel=DEBUG", "--report=NONE", "--log=NONE"]
    stdout = subprocess.DEVNULL if runner == "pabot" else None  # where it counts failures that are to be
    return subprocess.run([*command, *options, SUITES], check=False, stdout=stdout).returncode


def print_summary(result: Result) -> None:
    for test in result.suite.all_tests:
        if not test.passed:
            print(f"{test.status}  {test.full_name}: {test.message}")
    total = result.statistics.total
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
