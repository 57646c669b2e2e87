"""Known backbones: their files are made once, and are then those of every network to the byte."""

from __future__ import annotations

import io
import os
import platform
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from known_job import SHAPE, float_half, trained
from mai.convert import float_network
from mai.convert.export_onnx import export_onnx
from mai.convert.known import fingerprint
from mai.convert.known.backbone import head_of, known_backbone
from mai.convert.known.backbone_cache import ENDING, MOST_FILES, BackboneCache
from mai.convert.known.backbone_files import BackboneFiles, known_network
from mai.convert.onnx_to_ncnn import onnx_to_ncnn
from mai.errors import MaiError
from mai.models.efficientnet_lite import Reads
from mai.models.registry import LoadedModel, build_model

pytestmark = pytest.mark.usefixtures("one_thread")

MADE = ("model.onnx", "model.param", "model.bin")


class Count:
    """Counts the calls of a function and passes them on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.calls, real = 0, getattr(float_network, name)

        def counted(*args: object, **named: object) -> object:
            self.calls += 1
            return real(*args, **named)

        monkeypatch.setattr(float_network, name, counted)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, Count]:
    return {name: Count(monkeypatch, name) for name in ("export_onnx", "onnx_to_ncnn")}


def made_without_cache(model: LoadedModel, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    export_onnx(model.module, SHAPE, folder / "model.onnx")
    onnx_to_ncnn(folder / "model.onnx", folder / "model.param", folder / "model.bin", SHAPE)
    return {name: (folder / name).read_bytes() for name in MADE}


def float_files(model: LoadedModel, folder: Path, cache: Path | None) -> dict[str, bytes]:
    """The float half of a conversion; its three files."""
    float_half(model, folder, cache)
    return {name: (folder / name).read_bytes() for name in MADE}


@pytest.mark.parametrize(
    ("reads", "others"),
    [
        ("last", (1, 60)),
        ("both", (2,)),
        pytest.param("last", (2, 4), marks=pytest.mark.soak),
        pytest.param("block11", (1, 60), marks=pytest.mark.soak),
        pytest.param("both", (1, 60), marks=pytest.mark.soak),
    ],
)
def test_a_kept_backbone_gives_the_same_bytes_for_any_number_of_labels(
    reads: Reads, others: tuple[int, ...], tmp_path: Path, work: dict[str, Count]
) -> None:
    cache = tmp_path / "cache"
    first = float_files(trained(reads, 3), tmp_path / "first", cache)
    assert first == float_files(trained(reads, 3), tmp_path / "again", cache)
    for labels in others:
        model = trained(reads, labels, seed=labels)
        kept = float_files(model, tmp_path / f"kept {labels}", cache)
        assert kept == made_without_cache(model, tmp_path / f"made {labels}"), labels
    assert (work["export_onnx"].calls, work["onnx_to_ncnn"].calls, len(list(cache.iterdir()))) == (1, 1, 1)


def test_nothing_of_a_head_is_kept(tmp_path: Path) -> None:
    model = trained("both", 3)
    float_files(model, tmp_path / "made", tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    content = file.read_bytes()
    for layer in head_of(model.module):  # type: ignore[arg-type]
        for values in (layer.weight, layer.weight.T, *([] if layer.bias is None else [layer.bias])):
            assert np.ascontiguousarray(values).tobytes()[:12] not in content


def test_a_network_that_was_trained_further_is_not_known_and_keeps_nothing(
    tmp_path: Path, work: dict[str, Count]
) -> None:
    model = trained("block11", 2)
    assert known_backbone(model) is not None
    with torch.no_grad():
        model.module._blocks[3]._bn2.bias[5] += 1e-6  # type: ignore[index, union-attr]
    assert known_backbone(model) is None and known_network(model, SHAPE, tmp_path / "cache") is None
    float_files(model, tmp_path / "made", tmp_path / "cache")
    assert work["export_onnx"].calls == 1 and not (tmp_path / "cache").exists()
    resnet = build_model("IMAGE_CLASSIFICATION", "resnet18", 2).eval()
    other = LoadedModel(resnet, "IMAGE_CLASSIFICATION", "resnet18", {}, ("a", "b"), {}, {}, {})
    assert known_backbone(other) is None


def test_only_a_network_of_the_bundled_weights_alone_is_known() -> None:
    model = trained("both", 2)
    assert known_backbone(model) is model.module
    assert known_backbone(replace(model, arch={"dropout": 0.5})) is None
    assert known_backbone(replace(model, name="efficientnet-lite0-of-another-server")) is None
    model.module._bn0.num_batches_tracked += 7  # type: ignore[union-attr, operator]
    assert known_backbone(model) is model.module, "counters play no part"
    for broken in (float("nan"), float("inf")):
        with torch.no_grad():
            model.module.classifier.weight[0, 0] = broken  # type: ignore[union-attr, operator]
        assert known_backbone(model) is None


def test_a_head_that_is_not_finite_is_refused_as_ever(tmp_path: Path) -> None:
    model = trained("last", 2)
    float_files(model, tmp_path / "made", tmp_path / "cache")
    with torch.no_grad():
        model.module.classifier.weight[0, 0] = float("nan")  # type: ignore[union-attr, operator]
    with pytest.raises(MaiError) as caught:
        float_files(model, tmp_path / "broken", tmp_path / "cache")
    assert caught.value.code == "stage_differs"


def test_other_weights_sizes_versions_code_and_processors_have_other_fingerprints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(model: LoadedModel, shape: tuple[int, ...] = SHAPE) -> str:
        fingerprint._surroundings.cache_clear()
        return fingerprint.fingerprint(model.module, shape)  # type: ignore[arg-type]

    model = trained("last", 2)
    first = found(model)
    assert first == found(trained("last", 7, seed=3)) and len(first) == 64
    keys = [first, found(model, (1, 3, 96, 96)), found(trained("block11", 2)), found(trained("both", 2))]
    for package in fingerprint.PACKAGES:
        with monkeypatch.context() as patch:
            patch.setattr(fingerprint, "package_version", lambda name, other=package: "9" if name == other else "1")
            keys.append(found(model))
    for module in fingerprint.CODE:
        with monkeypatch.context() as patch:
            patch.setattr(fingerprint, "_source", lambda name, other=module: b"new" if name == other else b"")
            keys.append(found(model))
    with monkeypatch.context() as patch:
        patch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "another")
        keys.append(found(model))
    for part in ("system", "machine"):
        with monkeypatch.context() as patch:
            patch.setattr(platform, part, lambda: "another")
            keys.append(found(model))
    model.module._bn0.num_batches_tracked += 7  # type: ignore[union-attr, operator]
    assert found(model) == first, "counters play no part"
    with torch.no_grad():
        model.module._conv_stem.weight[0, 0, 0, 0] += 1e-6  # type: ignore[union-attr, operator]
    keys.append(found(model))
    fingerprint._surroundings.cache_clear()
    assert len(set(keys)) == len(keys)


def test_a_package_that_is_no_package_of_python_has_no_version() -> None:
    assert fingerprint.package_version("a-program-of-its-own") == "unknown"
    assert fingerprint.package_version("numpy") == np.__version__


def test_a_head_with_equal_layers_is_not_known(tmp_path: Path, work: dict[str, Count]) -> None:
    """The exporter writes equal tensors once, so its file has another form."""
    float_files(trained("both", 2), tmp_path / "kept", tmp_path / "cache")
    model = trained("both", 2)
    with torch.no_grad():
        for layer in model.module.classifiers:  # type: ignore[union-attr]
            layer.weight.zero_()  # type: ignore[union-attr, operator]
    assert float_files(model, tmp_path / "again", tmp_path / "cache") == made_without_cache(model, tmp_path / "zeros")
    assert work["export_onnx"].calls == 2


def test_files_that_a_head_does_not_give_again_are_not_kept(tmp_path: Path) -> None:
    """Of another head, as if the exporter had begun to change its numbers."""
    made_without_cache(trained("last", 2), tmp_path / "made")
    assert BackboneFiles.of(tmp_path / "made", head_of(trained("last", 2).module)) is not None  # type: ignore[arg-type]
    assert BackboneFiles.of(tmp_path / "made", head_of(trained("last", 2, 1).module)) is None  # type: ignore[arg-type]


class TestCache:
    def test_a_conversion_with_a_damaged_file_makes_it_again(self, tmp_path: Path, work: dict[str, Count]) -> None:
        model, cache = trained("block11", 2), tmp_path / "cache"
        first = float_files(model, tmp_path / "first", cache)
        (file,) = cache.iterdir()
        whole = file.read_bytes()
        places = b'{"onnx": [], "ncnn": []}'
        noise = zip_of({"model.onnx": b"noise", "model.param": b"noise", "model.bin": b"", "places.json": places})
        for number, broken in enumerate((whole[:-100], zip_of({"places.json": b"[]"}), noise)):
            file.write_bytes(broken)
            assert float_files(model, tmp_path / f"again {number}", cache) == first
            assert file.read_bytes() == whole and work["onnx_to_ncnn"].calls == number + 2

    def test_is_bounded_and_keeps_what_was_used_last(self, tmp_path: Path) -> None:
        cache = BackboneCache(tmp_path)
        left = tmp_path / ".k.part"
        left.write_bytes(b"of a process that was killed")
        os.utime(left, (1, 1))
        others = {tmp_path / ".n.part": b"of a process at work", tmp_path / "notes.txt": b"of somebody else"}
        for path, content in others.items():
            path.write_bytes(content)
        os.utime(tmp_path / "notes.txt", (1, 1))
        for number in range(MOST_FILES):
            cache.write(str(number), {"a": b"x"})
            os.utime(tmp_path / f"{number}{ENDING}", (100 + number, 100 + number))
        assert cache.read("0") is not None
        cache.write("new", {"a": b"x"})
        kept = {path.name.removesuffix(ENDING) for path in tmp_path.iterdir() if path not in others}
        assert all(path.read_bytes() == content for path, content in others.items())
        assert kept == {"new", "0", *map(str, range(2, MOST_FILES))}


def zip_of(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()
