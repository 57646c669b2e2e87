"""How alike the outputs of two stages are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mai import events
from mai.convert.similarity import cosine, relative_error, require_same
from mai.errors import MaiError


class TestSimilarity:
    def test_of_arrays(self) -> None:
        assert cosine(np.array([1.0, 0]), np.array([0.0, 2])) == 0
        assert cosine(np.zeros(3), np.zeros(3)) == 1
        assert relative_error(np.array([1.1]), np.array([1.0])) == pytest.approx(0.1)

    @pytest.mark.parametrize("made", [np.array([1.0, 2.1]), np.array([1.0]), np.array([np.nan, 2])])
    def test_a_stage_that_says_something_else_stops(self, made: np.ndarray) -> None:
        with pytest.raises(MaiError) as caught:
            require_same(made, np.array([1.0, 2.0]), "the NCNN model")
        assert caught.value.code == "stage_differs"
        assert json.dumps(events.finite(caught.value.params), allow_nan=False)
