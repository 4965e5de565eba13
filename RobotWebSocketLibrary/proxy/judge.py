"""What the rules of a proxy want with one message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ..connection.failed_replies import describe_error
from ..connection.receiver import describe_failed_reply
from ..errors import AnswerError
from ..protocol.messages import Message
from .fates import BEHIND, Fate, Fates
from .message_rules import Action, Course, MessageRule, MessageRules


@dataclass(eq=False)
class Waiting:
    """What waits to leave: a message, or, without one, what `leave` does at the end of the others.

    `rule` is the one that lets a message wait: until `due`, or, where it is `held`, until it is released. `number` says
    which one that is among all that were ever held.
    """

    message: Message | None = None
    leave: Callable[[], bool] = bool
    fate: Fate | None = None
    rule: MessageRule | None = None
    held: bool = False
    number: int = -1
    due: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether it may not leave yet, also where nothing is before it."""
        return self.held or self.due > monotonic()

    def is_among(self, numbers: set[int] | None) -> bool:
        """Whether it is held and has one of these numbers. Without any: whether its rule was removed."""
        if numbers is None:
            return self.rule is not None and self.rule.removed
        return self.held and self.number in numbers

    def release(self) -> None:
        self.held, self.due = False, 0.0


class Judge:
    """Looks for the rule that counts for a message, in one direction of one link.

    One thread at a time asks it, which may take long: rules and replacements may be code of the test.
    """

    def __init__(
        self, rules: MessageRules, fits: Callable[[Course], bool], fates: Fates, fail: Callable[[str], None]
    ) -> None:
        self._rules = rules
        self._fits = fits
        self._fates = fates
        self._fail = fail

    def judge(self, message: Message) -> Waiting | None:
        """What is to leave in its turn; None where nothing is."""
        rule = self._rules.find(message, self._fits)
        if rule is None:
            return Waiting(message, fate=self._fates.note(message.data, BEHIND))
        became = f"{rule.action.value} by {rule}"
        if rule.action is Action.REPLACE:
            replacement = self._replace(message, rule)
            if replacement is not None:
                return Waiting(Message.of(replacement), fate=self._fates.note(message.data, became))
            became = f"{Action.DROP.value} by {rule}"
        fate = self._fates.note(message.data, became)
        if rule.action is Action.HOLD:
            return Waiting(message, fate=fate, rule=rule, held=True, number=next(self._rules.numbers))
        if rule.action is Action.DELAY:
            return Waiting(message, fate=fate, rule=rule, due=monotonic() + rule.delay)
        return None

    def _replace(self, message: Message, rule: MessageRule) -> str | bytes | None:
        assert rule.replace is not None
        try:
            return rule.replace(message)
        except BaseException as error:  # it is code of the test, and may even call `sys.exit`
            self._rules.keep_failure(message, error)
            failure = AnswerError(describe_error(error))
            self._fail(describe_failed_reply(failure))
            raise failure from error
