"""Callables for scripted replies, as tests write them: these fail."""

import json


def price_of(message: str) -> str:
    return json.loads(message)["symbols"]["ACME"]


class FailingReplies:
    def get_price_of(self) -> object:
        return price_of
