"""The runner of passes: a pass that breaks a network is caught, by name."""

import mai.convert.rewrites
import numpy as np
import pytest
import spnn.passes.run
from mai.convert.rewrites import rewrite
from small_network import find, small
from spnn.errors import PassError, SpnnFormatError
from spnn.format.graph import Blob, Layer
from spnn.format.values import set_param
from spnn.log import Log
from spnn.passes import optimize
from spnn.passes.network import Network
from spnn.passes.runner import Pass, run_passes
from spnn.run.float.same_output import SameOutput
from spnn_peer import layer

PICTURE = np.random.default_rng(0).standard_normal((1, 2, 4, 4)).astype(np.float32)


def lose_the_output(network):
    network.remove(find(network, "pool"))


def lose_a_blob(network):
    network.remove(find(network, "relu"))


def use_a_blob_twice(network):
    find(network, "pool").bottoms[0] = "raw"


def make_a_blob_twice(network):
    find(network, "relu").tops[0] = "raw"


def rename_the_input(network):
    find(network, "in").name = "other"


def invent_a_type(network):
    find(network, "relu").type = "Rely"


def connect_too_much(network):
    find(network, "relu").bottoms = []


STRUCTURE = {
    lose_the_output: "has lost its output 'out'",
    lose_a_blob: "uses blob 'mid_raw' before any layer makes it",
    use_a_blob_twice: "is used by 'relu' and 'pool'",
    make_a_blob_twice: "is made twice",
    rename_the_input: "its inputs were in and are other",
    invent_a_type: "type 'Rely', which the format does not know",
    connect_too_much: "has 0 inputs; it takes 1",
}


def scale_the_weights(network):
    conv = find(network, "conv")
    conv.blobs = [Blob.tagged(conv.blobs[0].values * 1.01)]


def pool_maxima(network):
    set_param(find(network, "pool"), "pooling_type", 0)


def drop_the_relu(network):
    network.bypass(find(network, "relu"))


def keep_the_plane(network):
    set_param(find(network, "pool"), "global_pooling", 0)
    set_param(find(network, "pool"), "kernel_w", 1)


def ask_for_more_channels(network):
    set_param(find(network, "conv"), "num_output", 3)


def write_into_a_copy_of_the_weights(network):
    find(network, "conv").blobs[0].data = np.zeros(4, np.float32)


OUTPUT = {
    scale_the_weights: "output 'out' differs by 1 %",
    pool_maxima: "output 'out' differs by",
    drop_the_relu: "output 'out' differs by",
    keep_the_plane: "output 'out' has 32 values and had 2",
    ask_for_more_channels: "it cannot be run any more: layer 'conv'",
    write_into_a_copy_of_the_weights: "output 'out' differs by 1e+02 %",
}


def change_nothing(network):
    del network


def work(network):
    """A change as it should be."""
    network.insert_after(find(network, "relu"), Layer("Dropout", network.fresh_name("idle")))
    network.log.line("relu: Dropout behind it")


def of(*runs):
    return [Pass(run.__name__, run, ("Convolution", "MemoryData")) for run in runs]


@pytest.mark.parametrize("run", STRUCTURE, ids=lambda run: run.__name__)
def test_a_pass_that_breaks_the_graph_is_caught_by_name(run):
    with pytest.raises(PassError, match=f"pass {run.__name__} breaks the network: .*{STRUCTURE[run]}") as caught:
        run_passes(small(), of(work, run, change_nothing), Log())
    assert caught.value.name == run.__name__


@pytest.mark.parametrize("run", OUTPUT, ids=lambda run: run.__name__)
def test_a_pass_that_changes_the_output_is_caught_by_name(run):
    run_passes(small(), of(run), Log())  # nothing is wrong with the graph as such
    with pytest.raises(PassError) as caught:
        run_passes(small(), of(change_nothing, work, run), Log(), SameOutput(PICTURE))
    assert caught.value.name == run.__name__ and OUTPUT[run] in caught.value.problem


def test_a_good_pass_goes_through_and_is_compared_once():
    asked = []

    def compare(before, after):
        asked.append((len(before.layers), len(after.layers)))
        return ""

    graph, log = small(), Log()
    run_passes(graph, of(work, change_nothing, work), log, compare)
    assert asked == [(4, 5), (5, 6)]
    assert log.lines == ["relu: Dropout behind it"] * 2
    assert [each.name for each in graph.layers] == ["in", "conv", "relu", "idle1", "idle", "pool"]


def test_a_pass_without_layers_to_work_on_is_passed_over():
    def fail(network):
        raise AssertionError(network)

    run_passes(small(), [Pass("fail", fail, ("Softmax", "Deconvolution"))], Log())


def test_a_pass_may_refuse_a_layer():
    def refuse(network):
        raise network.refuse(find(network, "relu"), "no")

    with pytest.raises(SpnnFormatError, match="layer 2: layer 'relu': no"):
        run_passes(small(), of(work, refuse), Log())


def test_a_constant_that_nothing_uses_may_go():
    graph = small()
    graph.layers.append(layer("MemoryData", [], ["idle"], {0: 1}, [np.ones(1, np.float32)], name="constant"))

    def drop(network):
        network.remove(find(network, "constant"))

    run_passes(graph, of(drop), Log())
    assert len(graph.layers) == 4


def test_what_cannot_be_run_before_is_not_compared_but_the_next_is():
    graph = small()
    find(Network(graph, Log()), "conv").blobs = [Blob.tagged(np.zeros(3, np.float32))]

    def mend(network):
        find(network, "conv").blobs = [Blob.tagged(np.ones(4, np.float32))]

    run_passes(graph.copy(), of(mend), Log(), SameOutput(PICTURE))
    with pytest.raises(PassError) as caught:
        run_passes(graph, of(mend, scale_the_weights), Log(), SameOutput(PICTURE))
    assert caught.value.name == "scale_the_weights"


def test_the_rewrites_of_a_conversion_are_compared(monkeypatch):
    assert rewrite(small()) == []
    for bad in (lose_a_blob, scale_the_weights):
        monkeypatch.setattr(mai.convert.rewrites, "PASSES", tuple(of(bad)))
        with pytest.raises(PassError, match=bad.__name__):
            rewrite(small())


def test_the_passes_of_optimize_are_checked(monkeypatch):
    monkeypatch.setattr(spnn.passes.run, "PASSES", tuple(of(lose_a_blob)))
    with pytest.raises(PassError, match="lose_a_blob"):
        optimize(small())
