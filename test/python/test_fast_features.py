"""The fast ways to the frozen network's features equal torch's, and torch computes them where there is none."""

import gc
import sys
import weakref

import pytest
import torch
from mai.device import autocast_dtype
from mai.models.lite_bfloat16 import features_in_bfloat16
from mai.models.lite_onnx import features_as_onnx
from mai.models.registry import build_model
from mai.models.weights import SUBSTITUTES, bundled_start
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
    as_it_comes = pictures(side).contiguous(memory_format=torch.channels_last)
    assert torch.allclose(compute(as_it_comes), wanted, atol=1e-4)


@pytest.mark.parametrize("side", [224, 112])
def test_bfloat16_gives_the_same_bits_as_autocast(network, side):
    if autocast_dtype(CPU) != torch.bfloat16:
        pytest.skip("this processor does not multiply bfloat16: it computes the features in float32")
    compute = features_of(network, BFLOAT16)
    assert compute != network.features
    with torch.inference_mode(), BFLOAT16.autocast():
        assert torch.equal(compute(pictures(side)), network.features(pictures(side)))


def test_onnx_runtime_takes_the_threads_of_torch_and_none_that_spins(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime", reason="it has no build for this Python")
    options, real = [], onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda model, given, **more: options.append(given) or real(model, given, **more),
    )
    compute = features_of(feature_network(bundled_start(), CPU), FLOAT32)
    for threads in (2, 1, 2):
        torch.set_num_threads(threads)
        compute(pictures(32))
    assert [given.intra_op_num_threads for given in options] == [2, 1]
    assert {given.get_session_config_entry("session.intra_op.allow_spinning") for given in options} == {"0"}


@pytest.mark.parametrize("way", [features_as_onnx, features_in_bfloat16])
def test_a_network_whose_norms_are_not_folded_in_is_refused(way):
    if way is features_in_bfloat16 and not torch.backends.mkldnn.is_available():
        pytest.skip("this torch has no oneDNN: it computes the features itself")
    network = build_model("IMAGE_CLASSIFICATION", SUBSTITUTES["both"], 1)
    with pytest.raises(ValueError, match="fuse_norms"):
        way(network)


def test_a_network_that_reads_one_part_is_refused():
    with pytest.raises(ValueError, match="'last'"):
        features_of(build_model("IMAGE_CLASSIFICATION", SUBSTITUTES["last"], 1), FLOAT32)


def test_on_a_gpu_torch_computes_them(network):
    gpu = torch.device("cuda")
    for dtype in (None, torch.bfloat16, torch.float16):
        assert features_of(network, Precision(gpu, dtype)) == network.features


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
