from collections.abc import Iterator

import pytest
from hypothesis import settings

from RobotWebSocketLibrary.protocol import masking

# The same examples in each run, so that a red run means the change; and a loaded machine is slow, not wrong.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="module", params=["C", "Python"])
def masks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with the mask of the extra `speedups`, and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "Python":
            patch.setattr(masking, "mask", masking.mask_in_python)
            patch.setattr(masking, "unmask_all", masking.unmask_all_in_python)
        yield
