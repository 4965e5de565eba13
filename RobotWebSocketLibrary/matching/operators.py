"""Operators as waits and replies use them: AssertionEngine's names, and comparisons that explain why one does not hold.

AssertionEngine's own comparisons raise where one fails, and for some pairs of types they raise errors of Python's. A
wait compares with many messages that it does not know, and wants reasons only when it has failed (docs/decisions/0005).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize
from warnings import catch_warnings

from assertionengine import AssertionOperator
from robot.errors import DataError
from robot.libraries.BuiltIn import BuiltIn
from robot.variables import Variables
from robot.variables.evaluation import evaluate_expression

from ..errors import WebSocketError, escaped, quoted
from .json_values import VALUE_WIDTH

ERROR_WIDTH = 200
"""Characters of an error that a sentence shows."""

NEAR_WIDTH = 10_000
"""Characters or bytes of a message up to which a failure looks whether only its case or its spaces are wrong."""

INTERRUPTION = re.compile(
    r" failed: (?:\w+: )?(?:Execution terminated by signal|(?:Test|Task|Keyword) timeout .+ exceeded\.)"
)
"""How an evaluation reports Ctrl-C and, before Robot Framework 7.5, a timeout: they must end the wait."""

VARIABLE = re.compile(r"\$\{[^{}]*\}|\$(?=[^\W\d])")
"""`${name}` in an expression, or the dollar sign of `$name`."""

SPELLINGS = ("==", "!=", "<", ">", "<=", ">=", "contains", "not contains", "starts", "ends", "matches", "validate")
"""What operators are called here; other spellings of AssertionEngine mean the same."""

if TYPE_CHECKING:

    class Operator(Enum):
        """What mypy needs to know of the class below."""

else:
    _MEMBERS = AssertionOperator.__members__
    Operator = Enum("Operator", {name: _MEMBERS[name].value for name in (*SPELLINGS, *_MEMBERS)})
    Operator.__doc__ = """How to compare a message, or a value in it, with what is expected.

    ``==``, ``!=``, ``contains``, ``not contains``, ``starts``, ``ends``, ``matches`` (a regular expression), ``<``,
    ``>``, ``<=``, ``>=``, ``validate`` (a Python expression), and their other spellings in AssertionEngine, such as
    ``*=``; the section `Waiting for one message among many` says what each does. AssertionEngine's ``then`` is
    refused, because a wait returns messages as they came.
    """

EQUAL = Operator["=="]
DIFFERENT = Operator["!="]
CONTAINS = Operator["*="]
NOT_CONTAINS = Operator["not contains"]
STARTS = Operator["^="]
ENDS = Operator["$="]
MATCHES = Operator["matches"]
VALIDATE = Operator["validate"]
THEN = Operator["then"]

DIFFERENCE_WIDTH = 15
"""Characters before and behind the place where a long message begins to differ."""

IN_NORMALIZATION = "only in Unicode normalization: compare with  validate  unicodedata.normalize('NFC', value) == …"
"""How two texts differ that look the same, and the remedy."""


class ValidationError(Exception):
    """An expression raised an error for a message, which then does not match. The text is that of the error."""


def validates(value: object, expression: str) -> bool:
    """Whether an expression is true for `value`. Robot Framework evaluates it, with its variables."""
    try:
        return bool(_evaluate(expression, {"value": value}))
    except RuntimeError as error:  # what Robot Framework makes of any error, its own interruptions included
        if INTERRUPTION.search(str(error)):
            raise
        raise ValidationError(str(error).partition("\n")[0].partition(" failed: ")[2] or str(error)) from error


def check_expression(expression: str | bytes) -> None:
    """Refuses an expression that Python cannot read, whatever the message. It may hold Robot Framework's variables."""
    if not isinstance(expression, str):
        raise WebSocketError("The operator 'validate' needs text, not bytes.")
    try:
        with catch_warnings(action="ignore"):
            compile(VARIABLE.sub("_", expression).strip(), "", "eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else shorten_error(error)
        raise WebSocketError(f"The expression {quoted(expression)} cannot be used: {reason}.") from error


def _evaluate(expression: str, namespace: dict[str, object]) -> object:
    """The value of an expression. Outside of a run there are no variables but those of the namespace."""
    builtin = BuiltIn()
    if builtin.robot_running:
        return builtin.evaluate(expression, namespace=namespace)  # type: ignore[arg-type]
    try:
        return evaluate_expression(expression, Variables(), namespace=namespace)  # type: ignore[no-untyped-call]
    except DataError as error:
        raise RuntimeError(error.message) from error


class Wording(NamedTuple):
    """How an operator reads, and what it does: `No message {adjective} 'x'`, and `'y' {denial} 'x'`."""

    adjective: str
    denial: str
    holds: Callable[[Any, Any], bool]


WORDINGS = {
    EQUAL: Wording("equal to", "is not equal to", lambda found, expected: found == expected),
    DIFFERENT: Wording("different from", "is equal to", lambda found, expected: found != expected),
    Operator["<"]: Wording("less than", "is not less than", lambda found, expected: found < expected),
    Operator[">"]: Wording("greater than", "is not greater than", lambda found, expected: found > expected),
    Operator["<="]: Wording("at most", "is greater than", lambda found, expected: found <= expected),
    Operator[">="]: Wording("at least", "is less than", lambda found, expected: found >= expected),
    CONTAINS: Wording("containing", "does not contain", lambda found, expected: expected in found),
    NOT_CONTAINS: Wording("not containing", "contains", lambda found, expected: expected not in found),
    STARTS: Wording("starting with", "does not start with", lambda found, expected: found.startswith(expected)),
    ENDS: Wording("ending with", "does not end with", lambda found, expected: found.endswith(expected)),
    MATCHES: Wording("matching", "does not match", lambda found, pattern: pattern.search(found) is not None),
    VALIDATE: Wording("that validates", "does not validate", validates),
}


class Comparison:
    """An operator and the text or bytes to compare whole messages with, refused at once where it cannot work."""

    def __init__(self, operator: Operator, expected: str | bytes | None) -> None:
        check_operator(operator)
        if expected is None:
            raise WebSocketError(f"The operator '{operator.name}' needs a value to compare with.")
        self._operator = operator
        self._expected = expected
        self._for_text, self._for_bytes = _prepare(operator, expected)

    def holds(self, data: str | bytes) -> bool:
        """Whether it holds for a message. One that cannot be compared is different from what was expected."""
        operand = self._prepare_operand(data)
        if operand is None:
            return self._operator in (DIFFERENT, NOT_CONTAINS)
        try:
            return WORDINGS[self._operator].holds(data, operand)
        except ValidationError:
            return False

    def explain(self, data: str | bytes) -> str:
        """Why it does not hold: continues a sentence that began with the message."""
        expected = quoted(self._expected, VALUE_WIDTH)
        if self._prepare_operand(data) is None:
            return f"is {name_message_type(data)}, which cannot be compared with {expected}"
        if self._operator is VALIDATE and (error := explain_failed_validation(data, self._expected)):
            return error
        if self._operator is not EQUAL:
            return f"{WORDINGS[self._operator].denial} {expected}"
        if differs_in_normalization(data, self._expected):
            return f"differs from the expected text {IN_NORMALIZATION}"
        if len(data) > VALUE_WIDTH:
            return self._explain_difference(data, expected)
        return f"{WORDINGS[EQUAL].denial} {expected}"

    def nearly_holds(self, data: str | bytes) -> bool:
        """Whether it would hold but for the type of the message, upper and lower case, or spaces."""
        if self._operator not in (EQUAL, CONTAINS, STARTS, ENDS) or max(len(data), len(self._expected)) > NEAR_WIDTH:
            return False
        wanted, found = simplify(_read_as_text(self._expected)), simplify(_read_as_text(data))
        return wanted != "" and WORDINGS[self._operator].holds(found, wanted)

    def __str__(self) -> str:
        return f"{WORDINGS[self._operator].adjective} {quoted(self._expected, VALUE_WIDTH)}"

    def _prepare_operand(self, data: str | bytes) -> Any:
        """What a message of this type is compared with; None where it cannot be compared."""
        return self._for_text if isinstance(data, str) else self._for_bytes

    def _explain_difference(self, data: str | bytes, shown: str) -> str:
        """Where the message begins to differ. If that is behind what is shown of it, both are shown there."""
        position = self._find_difference(data)
        if position <= VALUE_WIDTH:
            return f"differs from {shown} at position {position:,}"
        start = position - 1 - DIFFERENCE_WIDTH
        found, wanted = (
            f"'…{quoted(text[start : start + 2 * DIFFERENCE_WIDTH])[1:]}"
            for text in (data, self._prepare_operand(data))
        )
        return f"differs at position {position:,}: {found} instead of {wanted}"

    def _find_difference(self, data: str | bytes) -> int:
        """Where the message begins to differ, counted from 1."""
        expected = self._prepare_operand(data)
        pairs = enumerate(zip(data, expected, strict=False), 1)
        return next((at for at, (found, wanted) in pairs if found != wanted), min(len(data), len(expected)) + 1)


def check_operator(operator: Operator) -> None:
    """Refuses `then`."""
    if operator is THEN:
        raise WebSocketError(
            "The operator 'then' cannot be used in a wait, which returns messages as they came: use 'validate' to "
            "choose one, and Evaluate for what follows."
        )


def compile_pattern(expected: str | bytes) -> re.Pattern[Any]:
    """A regular expression, checked before any wait begins."""
    try:
        with catch_warnings(action="ignore", category=FutureWarning):  # of what Python may read in another way one day
            return re.compile(expected)
    except (re.error, OverflowError, RecursionError) as error:
        raise WebSocketError(f"The pattern {quoted(expected)} cannot be used: {shorten_error(error)}.") from error


def compile_patterns(expected: str | bytes) -> tuple[re.Pattern[Any] | None, re.Pattern[Any] | None]:
    r"""A pattern for text messages, and one for binary ones. Text with `\u20ac` in it is a pattern for text only."""
    if isinstance(expected, bytes):
        return None, compile_pattern(expected)
    for_text, as_bytes = compile_pattern(expected), _convert_to_bytes(expected)
    try:
        return for_text, None if as_bytes is None else compile_pattern(as_bytes)
    except WebSocketError:
        return for_text, None


def explain_failed_validation(value: object, expression: Any) -> str | None:
    """Why an expression could not be evaluated; None where it could."""
    try:
        validates(value, expression)
    except ValidationError as error:
        return f"could not be validated: {shorten_error(error)}"
    return None


def shorten_error(error: Exception) -> str:
    """The text of a foreign error for a sentence, cut and escaped: it may repeat what a peer sent."""
    return escaped(str(error)[:ERROR_WIDTH])


def differs_in_normalization(found: object, expected: object) -> bool:
    """Whether two texts look the same and differ: 'ü' is one character, or two."""
    if not isinstance(found, str) or not isinstance(expected, str) or found == expected:
        return False
    return normalize("NFC", found) == normalize("NFC", expected)


def reads_alike(found: str, expected: str) -> bool:
    """Whether two texts differ at most in upper and lower case, and in spaces."""
    return max(len(found), len(expected)) <= NEAR_WIDTH and simplify(found) == simplify(expected)


def simplify(text: str) -> str:
    """Text without what is easily overlooked: spaces, such as those in JSON, and upper and lower case."""
    return "".join(text.split()).casefold()


def _read_as_text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode("latin-1")


def name_message_type(data: str | bytes) -> str:
    return "a text message" if isinstance(data, str) else "a binary message"


def _prepare(operator: Operator, expected: str | bytes) -> tuple[Any, Any]:
    """What text messages are compared with, and what binary ones; None where they cannot be."""
    if operator is VALIDATE:
        check_expression(expected)
        return expected, expected
    if operator is MATCHES:
        return compile_patterns(expected)
    return expected if isinstance(expected, str) else None, _convert_to_bytes(expected)


def _convert_to_bytes(expected: str | bytes) -> bytes | None:
    """Bytes as Robot Framework converts text to them; None where it cannot."""
    try:
        return expected if isinstance(expected, bytes) else expected.encode("latin-1")
    except UnicodeEncodeError:
        return None
