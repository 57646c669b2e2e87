"""The graph kit: every change keeps the makers and users of the blobs, and names stay unique."""

from small_network import find, small
from spnn.format.check_layers import check_wiring
from spnn.format.graph import Graph, Layer
from spnn.format.values import params_of
from spnn.log import Log
from spnn.passes.network import Network
from spnn_peer import input_layer


def test_every_change_keeps_makers_and_users():
    graph = small()
    network = Network(graph, Log())
    relu, pool = find(network, "relu"), find(network, "pool")
    network.insert_before(pool, Layer("Dropout", "before"))
    assert network.user("pool_in") is pool
    network.insert_after(relu, Layer("Dropout", "behind"))
    network.replace(find(network, "before"), [
        Layer("ReLU", "one", ["mid"], ["between"]), Layer("ReLU", "two", ["between"], ["pool_in"]),
    ])  # fmt: skip
    network.rename_blob("raw", "sums")
    network.bypass(find(network, "one"))
    network.absorb(find(network, "two"), pool)
    made = [(each.name, each.bottoms, each.tops) for each in network.graph.layers]
    assert made == [
        ("in", [], ["in"]), ("conv", ["in"], ["sums"]), ("relu", ["sums"], ["mid_raw"]),
        ("behind", ["mid_raw"], ["between"]), ("two", ["between"], ["out"]),
    ]  # fmt: skip
    check_wiring(graph)
    for each in network.layers():
        assert [network.maker(top) for top in each.tops] == [each] * len(each.tops)
        assert [network.user(bottom) for bottom in each.bottoms] == [each] * len(each.bottoms)
    assert network.maker("mid") is None and network.user("raw") is None


def test_what_is_removed_on_the_way_is_not_met_again():
    network = Network(small(), Log())
    met = []
    for each in network.layers():
        met.append(each.name)
        if each.name == "conv":
            network.bypass(find(network, "relu"))
            network.insert_after(each, Layer("ReLU", network.fresh_name("relu")))
            assert len(network.graph.layers) == 4
    assert met == ["in", "conv", "pool"]


def test_names_that_are_free():
    network = Network(small(), Log())
    assert [network.fresh_blob(base) for base in ("new", "raw")] == ["new", "raw1"]
    assert [network.fresh_name(base) for base in ("new", "conv")] == ["new", "conv1"]
    network.remove(find(network, "conv"))
    assert network.fresh_name("conv") == "conv"


def test_an_input_that_is_dropped_has_no_user():
    total = Layer("BinaryOp", "sum", ["a", "b"], ["c"], params_of("BinaryOp", op_type=0))
    network = Network(Graph([input_layer("a", (2,)), input_layer("b", (2,)), total]), Log())
    network.drop_input(total, "a")
    assert (total.bottoms, network.user("a"), network.user("b")) == (["b"], None, total)
