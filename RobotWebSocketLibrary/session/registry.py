"""Connections or servers of a test run, by alias, one of them the current one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from ..connection.news import News
from ..errors import WebSocketError
from ..protocol.http import make_pattern

Item = TypeVar("Item")

NAMED_ALIASES = 20
"""Aliases that a failure names."""
LIST_BEGINNINGS = ("['", "[<")
"""How a list of aliases or items begins, which Robot Framework has converted to text because one item was expected."""


class Registry(Generic[Item]):
    """What tests have opened, until it is forgotten. `last` is the current item, or what was kept of a forgotten one.

    - Used by the test's thread only; other threads add to `news`.
    - After a fork the child forgets the items of its parent without touching them, and refuses to work on them.
    - `farewell` says that items ended with their owner, until another one is added.
    - `counterpart` is the registry whose items a test may confuse with those of this one. It only explains failures, as
      does `suggest`, which says what else a test may use where there is no item.
    - An item is kept until its owner ends or it is released. A released one, which has ended, lives as long as it is
      the current one, has an alias or may get it back, or is in a variable of the test.
    - An alias names the latest item that has it. When that one's owner ends, it names the latest one that is left.
    """

    def __init__(
        self, kind: type[Item], noun: str, opener: str, keep: Callable[[Item], Any] = lambda item: item
    ) -> None:
        self.last: Any = None
        self.farewell = ""
        self.counterpart: Registry[Any] | None = None
        self.suggest: Callable[[], str] = str
        self._current: Item | None = None
        self._kind = kind
        self._keep = keep
        self.noun = noun
        self._opener = opener
        self.news: News[Item] = News()
        self._owners: WeakKeyDictionary[Item, str] = WeakKeyDictionary()
        self._kept: set[Item] = set()
        self.aliases: dict[str, Item] = {}
        self._names: WeakKeyDictionary[Item, str] = WeakKeyDictionary()
        self._heirs: dict[tuple[str, str], Item] = {}  # the latest of each alias and owner
        self._process = os.getpid()
        self._foreign: WeakSet[Item] = WeakSet()

    def __len__(self) -> int:
        self._leave_to_parent()
        return len(self._owners)

    @property
    def items(self) -> list[Item]:
        self._leave_to_parent()
        return list(self._owners)

    @property
    def current(self) -> Item | None:
        return self._current

    @current.setter
    def current(self, item: Item) -> None:
        self._current = self.last = item

    def add(self, item: Item, owner: str, alias: str | None = None) -> None:
        """Adds an item. Its alias names no other one, as long as the item is here. An empty text is not an alias."""
        self._leave_to_parent()
        self._owners[item] = owner
        self._kept.add(item)
        self.farewell = ""
        if alias:
            self.aliases[alias] = self._heirs[alias, owner] = item
            self._names[item] = alias

    def find(self, name: Item | str | None, remedy: str = "") -> Item:
        """The item with that alias, the item itself, or the current one for None. `remedy` is one for several."""
        self._leave_to_parent()
        if name is None:
            if self.current is None:
                raise WebSocketError(self._explain_no_current())
            return self.current
        if isinstance(name, self._kind):
            self._check_process(name)
            return name
        if not isinstance(name, str):
            raise WebSocketError(f"Cannot use {name!r} as a {self.noun}.")
        if name not in self.aliases:
            raise WebSocketError(self._explain_unknown(name, remedy))
        return self.aliases[name]

    def find_all(self, names: Item | str | Sequence[Item | str]) -> list[Item]:
        """The items with these aliases, or whose aliases match a pattern such as `user*`; each once."""
        if isinstance(names, str) and "*" in names and names not in self.aliases:
            return self._find_matching(names)
        if isinstance(names, str) or not isinstance(names, Sequence):
            return [self.find(names)]
        return list(dict.fromkeys(item for name in names for item in self.find_all(name)))

    def find_owned_by(self, owner: str) -> list[Item]:
        self._leave_to_parent()
        return [item for item, owned_by in self._owners.items() if owned_by == owner]

    def release(self, item: Item) -> None:
        """Keeps an item no longer, because it has ended and everything about it was logged."""
        self._kept.discard(item)

    def forget(self, item: Item) -> None:
        """Forgets an item; its alias names it until aliases are forgotten with their owner."""
        del self._owners[item]
        self._kept.discard(item)
        if self.last is item:
            self.last = self._keep(item)
        if self._current is item:
            self._current = None

    def forget_owned_by(self, owner: str) -> None:
        """Forgets what the owner added. The latest that is left gets its aliases, and becomes current in its place."""
        for item in self.find_owned_by(owner):
            self.forget(item)
        self._heirs = {key: item for key, item in self._heirs.items() if item in self._owners}
        self.aliases = {self._names[item]: item for item in self.items if item in self._names}
        if self._current not in self._owners:
            self._current = None
            if self._owners:
                self.current = self.items[-1]

    def _leave_to_parent(self) -> None:
        """Leaves everything to the parent, in a process that was forked since."""
        if self._process != os.getpid():
            self._foreign.update(self._owners)
            self._foreign.update(self.aliases.values())
            self._owners.clear()
            self.aliases.clear()
            self._names.clear()
            self._heirs.clear()
            self._current = None
            self._process = os.getpid()

    def _check_process(self, item: Item) -> None:
        if item in self._foreign:
            raise WebSocketError(f"Cannot use this {self.noun}: it was opened in another process.")

    def _explain_no_current(self) -> str:
        if self._foreign and not self._owners:
            return f"There is no {self.noun} of this process: the others were opened in another process."
        if self._owners and self.aliases:
            which = "it" if len(self.aliases) == 1 else "one"
            return f"There is no current {self.noun}; {self._list_aliases()}: name {which}, or switch to {which}."
        return f"There is no {self.noun}: use `{self._opener}` first{self.suggest()}.{self.farewell}"

    def _explain_unknown(self, alias: str, remedy: str) -> str:
        if not alias:
            return f"An empty text does not name a {self.noun}: {self._list_aliases()}."
        if several := self._describe_several(alias):
            return f"This keyword works on one {self.noun}, not on {several}: {remedy or self._list_aliases()}."
        other = self.counterpart
        if other is not None and alias in other.aliases:
            return f"'{alias}' is the alias of a {other.noun}, not of a {self.noun}: {self._list_aliases()}."
        return f"Non-existing alias '{alias}': {self._list_aliases()}."

    def _describe_several(self, name: str) -> str:
        """What a name is that stands for several items; nothing for one that does not."""
        if name.startswith(LIST_BEGINNINGS):
            return "a list"
        return f"the pattern '{name}'" if "*" in name and self._match(name) else ""

    def _find_matching(self, pattern: str) -> list[Item]:
        self._leave_to_parent()
        found = self._match(pattern)
        if not found:
            raise WebSocketError(f"No alias matches '{pattern}': {self._list_aliases()}.")
        return list(dict.fromkeys(found))

    def _match(self, pattern: str) -> list[Item]:
        matches = re.compile(make_pattern(pattern)).fullmatch
        return [item for alias, item in self.aliases.items() if matches(alias)]

    def _list_aliases(self) -> str:
        if self._foreign and not self.aliases:
            return f"each {self.noun} with an alias was opened in another process"
        if not self.aliases:
            return f"no {self.noun} has an alias"
        known = sorted(self.aliases)
        if len(known) == 1:
            return f"the known alias is '{known[0]}'"
        named = ", ".join(f"'{alias}'" for alias in known[:NAMED_ALIASES])
        more = len(known) - NAMED_ALIASES
        return f"the known aliases are {named}" + (f", and {more:,} more" if more > 0 else "")
