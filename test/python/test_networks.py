"""Networks: the published parameter names and sizes, an exact fold of the normalisation, the model file."""

import pytest
import torch
from mai.errors import MaiError
from mai.models.efficientnet_lite import fuse_norms
from mai.models.registry import FAMILIES, build_model, load_model, save_model
from mai.models.tensor_file import save_tensors
from mai.models.weights import HEADS, IMAGENET_MEAN, IMAGENET_STD, Start, bundled_state, fold_normalisation, load_start

pytestmark = pytest.mark.usefixtures("one_thread")

KIND = "IMAGE_CLASSIFICATION"
# Parameters with 1000 classes, as their publishers state them.
PUBLISHED_SIZES = {"resnet18": 11_689_512, "mobilenet-100": 3_504_872, "efficientnet-lite0": 4_652_008}


@pytest.mark.parametrize("name", PUBLISHED_SIZES)
def test_size_is_the_published_one(name):
    model = build_model(KIND, name, 1000)
    assert sum(parameter.numel() for parameter in model.parameters()) == PUBLISHED_SIZES[name]


def test_parameter_names_are_torchvisions():
    resnet = build_model(KIND, "resnet18", 1000).state_dict()
    assert {
        "conv1.weight",
        "bn1.running_mean",
        "layer1.0.conv1.weight",
        "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.weight",
        "layer4.1.bn2.bias",
        "fc.weight",
    } <= set(resnet)
    mobilenet = build_model(KIND, "mobilenet-100", 1000).state_dict()
    assert {
        "features.0.0.weight",
        "features.1.conv.0.0.weight",
        "features.1.conv.1.weight",
        "features.2.conv.0.0.weight",
        "features.2.conv.2.weight",
        "features.2.conv.3.running_var",
        "features.18.0.weight",
        "features.18.1.weight",
        "classifier.1.weight",
    } <= set(mobilenet)


@pytest.mark.parametrize("name", sorted(FAMILIES[KIND].keys() - {"blocks"}))
def test_every_network_answers_and_learns(name):
    model = build_model(KIND, name, 3)
    logits = model(torch.zeros(2, 3, 224, 224))
    assert logits.shape == (2, 3)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_mobilenet_has_relu_and_not_relu6():
    kinds = {type(module).__name__ for module in build_model(KIND, "mobilenet-100", 2).modules()}
    assert "ReLU" in kinds and "ReLU6" not in kinds


def test_unknown_network_names_the_choices():
    with pytest.raises(MaiError) as caught:
        build_model(KIND, "resnet99", 2)
    assert caught.value.code == "model_unknown" and "resnet18" in caught.value.params["choices"]


def test_bundled_weights_fill_everything_but_the_head():
    model = build_model(KIND, "efficientnet-lite0", 7)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    load_start(model, Start("efficientnet-lite0", "imagenet", bundled_state()))
    same = {key for key, value in model.state_dict().items() if torch.equal(value, before[key])}
    floats = {key for key, value in before.items() if value.is_floating_point()}
    assert same & floats == {"classifier.weight", "classifier.bias"}


def test_the_substitute_answers_as_its_publishers_network_does():
    """Their own code (efficientnet_lite_pytorch 0.1.0) gives these for the same picture, to the last bit on a CPU.

    Without the exact padding of TensorFlow, the batch norms' epsilon or ReLU6 the answers are others.
    """
    y, x = torch.meshgrid(torch.linspace(-1, 1, 224), torch.linspace(-1, 1, 224), indexing="ij")
    picture = torch.stack([torch.sin(9 * x * y + x), torch.cos(7 * x - 3 * y * y), (x * x + y * y - 1).clamp(-1, 1)])
    model = build_model(KIND, "efficientnet-lite0", 1000)
    weights = bundled_state()
    load_start(model, Start("efficientnet-lite0", "imagenet", weights))
    model.load_state_dict({f"classifier.{part}": weights[f"_fc.{part}"] for part in ("weight", "bias")}, strict=False)
    with torch.inference_mode():
        best = model.eval()(picture[None])[0].topk(5)
    assert best.indices.tolist() == [854, 417, 506, 782, 522]
    assert best.values.tolist() == pytest.approx([6.1381, 5.9279, 5.8859, 5.8476, 5.2637], abs=2e-3)


def test_folding_norms_changes_no_feature():
    model = build_model(KIND, "efficientnet-lite0", 2)
    load_start(model, Start("efficientnet-lite0", "imagenet", bundled_state()))
    images = torch.rand(2, 3, 224, 224) * 2 - 1
    with torch.inference_mode():
        expected = model.eval().features(images)
        assert torch.allclose(fuse_norms(model).features(images), expected, atol=1e-4)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet-100"])
def test_the_imagenet_normalisation_folds_into_the_first_layers(name):
    torch.manual_seed(0)
    model = build_model(KIND, name, 1000).eval()
    published = model.state_dict()
    folded = build_model(KIND, name, 1000).eval()
    folded.load_state_dict(fold_normalisation(name, {k: v.clone() for k, v in published.items()}))
    pixels = torch.randint(0, 256, (1, 3, 64, 64)).float()
    std, mean = torch.tensor(IMAGENET_STD).view(3, 1, 1), torch.tensor(IMAGENET_MEAN).view(3, 1, 1)
    theirs, ours = (pixels / 255 - mean) / std, (pixels - 127.5) / 128
    stem = (lambda m, x: m.bn1(m.conv1(x))) if name == "resnet18" else (lambda m, x: m.features[0][:2](x))
    with torch.inference_mode():
        inner = slice(4, -4)  # away from the padding
        difference = (stem(model, theirs) - stem(folded, ours))[..., inner, inner].abs().max()
    assert difference < 1e-4


def test_heads_are_really_parameters():
    for name, prefixes in HEADS.items():
        kind = next(kind for kind, names in FAMILIES.items() if name in names)
        keys = build_model(kind, name, 2).state_dict()
        assert any(key.startswith(prefixes) for key in keys)


def saved(path, **changes):
    model = build_model(KIND, "mobilenet-10", 2)
    values = {
        "project_type": KIND,
        "name": "mobilenet-10",
        "labels": ["แมว", "dog"],
        "arch": {"dropout": 0.5},
        "split": {"train": ["dataset/dog/1.jpg"], "validation": []},
        "train_config": {"epochs": 3},
        "metrics": {},
    }
    save_model(path, model, **(values | changes))
    return model


def test_the_model_file_comes_back_as_it_went(tmp_path):
    model = saved(tmp_path / "model.pth")
    loaded = load_model(tmp_path / "model.pth")
    assert (loaded.name, loaded.labels, loaded.arch) == ("mobilenet-10", ("แมว", "dog"), {"dropout": 0.5})
    assert loaded.split["train"] == ["dataset/dog/1.jpg"] and not loaded.module.training
    for key, value in model.state_dict().items():
        assert torch.equal(value, loaded.module.state_dict()[key])
    assert [path.name for path in tmp_path.iterdir()] == ["model.pth"]


def test_missing_and_foreign_model_files_are_told_apart(tmp_path):
    with pytest.raises(MaiError) as caught:
        load_model(tmp_path / "model.pth")
    assert caught.value.code == "model_missing"
    save_tensors(tmp_path / "model.pth", {"format": 9})
    with pytest.raises(MaiError) as caught:
        load_model(tmp_path / "model.pth")
    assert caught.value.code == "model_format" and caught.value.params["value"] == "9"
