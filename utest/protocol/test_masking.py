"""Masking (RFC 6455 section 5.3), in C and in Python."""

import importlib.util
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.speedups import apply_mask

from RobotWebSocketLibrary.protocol import masking
from RobotWebSocketLibrary.protocol.masking import KEYS, MASK_BLOCK, draw_masking_key

from .pieces import KEY, masked_plainly, wire

pytestmark = pytest.mark.usefixtures("masks")
keys = st.binary(min_size=4, max_size=4)


def load_again() -> ModuleType:
    """A second copy of the module, which decides anew."""
    spec = importlib.util.spec_from_file_location("masking_again", masking.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_mask_in_c_is_used_when_it_is_installed():
    module = load_again()
    assert (module.mask, module.unmask_all) == (apply_mask, module.unmask_all_in_c)


def test_python_masks_when_the_mask_in_c_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    module = load_again()
    assert (module.mask, module.unmask_all) == (module.mask_in_python, module.unmask_all_in_python)


@given(st.binary(max_size=300), keys)
def test_masking_agrees_with_the_plain_rule(payload: bytes, key: bytes):
    assert masking.mask(payload, key) == masked_plainly(payload, key)
    assert masking.mask(masking.mask(payload, key), key) == payload


@pytest.mark.parametrize("size", [MASK_BLOCK - 1, MASK_BLOCK, MASK_BLOCK + 1, 2 * MASK_BLOCK, 3 * MASK_BLOCK + 3])
@pytest.mark.parametrize("view", [bytes, bytearray, memoryview])
def test_masking_goes_on_from_block_to_block(size: int, view: type):
    payload = (bytes(range(251)) * (size // 251 + 1))[:size]
    masked = masking.mask(view(payload), KEY)
    assert type(masked) is bytes
    assert masked == masked_plainly(payload, KEY)


def test_masking_with_zeros_changes_nothing():
    assert masking.mask(b"Hello", bytes(4)) == b"Hello"


@given(st.integers(0, 125), st.lists(keys, min_size=1, max_size=5), st.randoms())
def test_frames_in_a_row_are_unmasked_each_with_its_key(size: int, drawn: list[bytes], chance):
    payloads = [chance.randbytes(size) for _ in drawn]
    run = b"".join(wire(0x82, payload, key) for payload, key in zip(payloads, drawn, strict=True))
    assert masking.unmask_all(run, size) == payloads


def test_masking_keys_are_drawn_again_when_they_are_used_up():
    drawn = [draw_masking_key() for _ in range(3 * KEYS)]
    assert {len(key) for key in drawn} == {4}
    assert len(set(drawn)) > 2 * KEYS
