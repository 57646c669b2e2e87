"""Recorded steps compute what steps launched one by one do. On a GPU alone: there is nothing to record without."""

import copy

import pytest
import torch
import torch.nn.functional as F
from loop_job import make_job
from mai.models.registry import build_model
from mai.train.engine.cuda_graphs import GraphedNetwork
from mai.train.engine.loop import train
from mai.train.engine.precision import Precision, precision_of
from mai.train.engine.training import even_batches
from photo_project import events_of
from torch import nn

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]


def learn(network, call, precision, sizes):
    """The loss of every step, at a constant rate, on pictures that are the same for the same place."""
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)
    rng = torch.Generator().manual_seed(0)
    losses = []
    for size in sizes:
        images = torch.rand(size, 3, 64, 64, generator=rng).to("cuda", memory_format=torch.channels_last) * 2 - 1
        labels = torch.arange(size, device="cuda") % 2
        with precision.autocast():
            loss = F.cross_entropy(call(images).float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.fixture
def exact():
    """float32, and sums in the same order every time: else the runs drift apart with every step."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    tf32 = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield Precision(torch.device("cuda"), None)
    torch.backends.cudnn.allow_tf32 = tf32
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet-25"])
def test_the_same_losses_weights_and_statistics_as_without(exact, name):
    precision = exact
    torch.manual_seed(0)
    plain = build_model("IMAGE_CLASSIFICATION", name, 2, dropout=0.0)
    plain.to("cuda", memory_format=torch.channels_last).train()
    graphed = copy.deepcopy(plain)
    sizes = [8, 7, 8, 7, 8, 8]
    expected = learn(plain, plain, precision, sizes)
    found = learn(graphed, GraphedNetwork(graphed, precision), precision, sizes)
    assert found == pytest.approx(expected, rel=1e-3)
    for key, value in plain.state_dict().items():
        torch.testing.assert_close(graphed.state_dict()[key].float(), value.float(), rtol=1e-2, atol=1e-3, msg=key)
    assert int(graphed.state_dict()[next(k for k in plain.state_dict() if "num_batches" in k)]) == len(sizes)
    graphed.eval()
    with torch.inference_mode(), precision.autocast():
        assert graphed(torch.zeros(3, 3, 64, 64, device="cuda")).shape == (3, 2)


def test_what_dropout_leaves_out_changes_from_step_to_step():
    precision = precision_of(torch.device("cuda"))
    recorded = GraphedNetwork(nn.Sequential(nn.Linear(256, 256), nn.Dropout(0.5)).to("cuda").train(), precision)
    images = torch.rand(4, 256, device="cuda")
    with precision.autocast():
        outputs = [recorded(images).clone() for _ in range(3)]
    assert not torch.equal(outputs[0], outputs[1]) and not torch.equal(outputs[1], outputs[2])


def test_a_card_too_small_for_the_batch_goes_on_with_half_of_it(tmp_path, capsys):
    device = torch.device("cuda:0")
    network = nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 2),
    ).to(device)  # fmt: skip
    images, labels = torch.rand(32, 3, 512, 512, device=device), torch.arange(32, device=device) % 2

    def batches(batch_size, rng):
        yield from ((images[rows], labels[rows]) for rows in even_batches(32, batch_size, rng))

    torch.cuda.empty_cache()
    room = 3.5 * 2**30 / torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(room, device)
    try:
        outcome = train(make_job(
            tmp_path, epochs=2, model=network, optimizer=torch.optim.SGD(network.parameters(), 0.01), batch_size=32,
            precision=precision_of(device), batches=batches,
            validate=lambda network, size: {"val_loss": 1.0, "val_acc": 1.0},
        ))  # fmt: skip
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    assert outcome.batch_size < 32 and len(outcome.curves) == 2
    assert [e["code"] for e in events_of(capsys.readouterr().out) if e["event"] == "notice"] == ["batch_halved"]


def test_weights_that_changed_are_used():
    precision = precision_of(torch.device("cuda"))
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(2)).to("cuda")
    network(torch.zeros(2, 3, 8, 8, device="cuda"))  # makes the last layer
    recorded = GraphedNetwork(network, precision)
    images = torch.rand(2, 3, 8, 8, device="cuda")
    with precision.autocast():
        before = recorded(images).clone()
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(2)
    with precision.autocast():
        assert not torch.equal(recorded(images), before)
        torch.testing.assert_close(recorded(images), network(images))


def test_a_network_that_cannot_be_recorded_runs_all_the_same(capfd):
    class Looks(nn.Module):
        """Asks for a number in the middle of its pass, as no recorded pass can."""

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)

        def forward(self, x):
            return self.layer(x) if x.sum().item() > 0 else self.layer(-x)

    precision = precision_of(torch.device("cuda"))
    network = Looks().to("cuda")
    recorded = GraphedNetwork(network, precision)
    for _ in range(2):
        with precision.autocast():
            output = recorded(torch.ones(3, 4, device="cuda"))
        output.float().sum().backward()
    assert network.layer.weight.grad is not None
    assert capfd.readouterr().err.count("no CUDA graph of this network") == 1
