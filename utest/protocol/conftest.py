from collections.abc import Iterator

import pytest

from RobotWebSocketLibrary.protocol import masking


@pytest.fixture(scope="module", params=["C", "Python"])
def masks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with the mask of the extra `speedups`, and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "Python":
            patch.setattr(masking, "mask", masking.mask_in_python)
            patch.setattr(masking, "unmask_all", masking.unmask_all_in_python)
        yield
