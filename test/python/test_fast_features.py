"""The fast ways to the frozen network's features equal torch's, and torch computes them where there is none."""

import gc
import sys
import weakref

import pytest
import torch
from mai.device import autocast_dtype
from mai.models.weights import bundled_start
from mai.train.engine.precision import Precision
from mai.train.features.fast_features import features_of
from mai.train.features.photo_features import feature_network

CPU = torch.device("cpu")
FLOAT32, BFLOAT16, FLOAT16 = (Precision(CPU, dtype) for dtype in (None, torch.bfloat16, torch.float16))

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network():
    return feature_network(bundled_start(), CPU)


def pictures(side):
    return torch.rand(3, 3, side, side, generator=torch.Generator().manual_seed(side)) * 4 - 2


@pytest.mark.parametrize("side", [224, 112])
def test_onnx_runtime_computes_the_same_features(network, side):
    pytest.importorskip("onnxruntime", reason="it has no build for this Python: torch computes the features")
    compute = features_of(network, FLOAT32)
    assert compute != network.features
    with torch.inference_mode():
        wanted = network.features(pictures(side))
    assert torch.allclose(compute(pictures(side)), wanted, atol=1e-4)


@pytest.mark.parametrize("side", [224, 112])
def test_bfloat16_gives_the_same_bits_as_autocast(network, side):
    if autocast_dtype(CPU) != torch.bfloat16:
        pytest.skip("this processor does not multiply bfloat16: it computes the features in float32")
    compute = features_of(network, BFLOAT16)
    assert compute != network.features
    with torch.inference_mode(), BFLOAT16.autocast():
        assert torch.equal(compute(pictures(side)), network.features(pictures(side)))


def test_torch_computes_them_where_there_is_no_other_way(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    fresh = feature_network(bundled_start(), CPU)
    assert [features_of(fresh, each) for each in (FLOAT32, BFLOAT16)] == [fresh.features] * 2
    assert features_of(network, FLOAT16) == network.features
    freed = weakref.ref(fresh)
    del fresh
    gc.collect()
    assert freed() is None


@pytest.mark.parametrize("precision", [FLOAT32, BFLOAT16])
def test_a_network_that_nobody_holds_is_freed(precision):
    network = feature_network(bundled_start(), CPU)
    compute = features_of(network, precision)
    freed = weakref.ref(network)
    del network, compute
    gc.collect()
    assert freed() is None
