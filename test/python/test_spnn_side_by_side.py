"""Networks beside each other give what one after the other gives."""

import numpy as np
import pytest
import torch
from spnn.run.float import run_float
from spnn.run.side_by_side import side_by_side
from spnn_small_net import as_graph, pictures, trained_net


@pytest.fixture(params=[1, 2])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_order_and_equal_those_of_one_after_the_other(threads):
    graph = as_graph(trained_net())
    photos, _ = pictures(6)
    (name,) = graph.outputs()
    alone = [run_float(graph, photos[at : at + 1])[name] for at in range(6)]
    together = side_by_side(lambda at: run_float(graph, photos[at : at + 1])[name], range(6))
    np.testing.assert_allclose(np.concatenate(together), np.concatenate(alone), rtol=1e-5, atol=1e-5)
    assert torch.get_num_threads() == threads


def test_an_error_of_one_is_raised_and_the_threads_are_given_back(threads):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda item: 1 // item, [1, 0])
    assert torch.get_num_threads() == threads
