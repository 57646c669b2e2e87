"""Tensors packed for a checkpoint come back as they were."""

import torch
from mai.train.engine.packing import pack, unpack


def test_packing_keeps_values_types_and_layouts():
    last = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    values = {
        "small": [torch.rand(3, 2), torch.tensor(7), torch.tensor(1.5, dtype=torch.bfloat16), torch.empty(0, 2)],
        "last": (last, last[:, :2], torch.rand(4, 5).T),
        "large": torch.rand(600_000),
        "nested": {1: {"step": torch.tensor(3.0)}},
        "none": None,
        "words": ("best", 2),
    }

    def same(one, other):
        if isinstance(one, torch.Tensor):
            return one.dtype == other.dtype and one.stride() == other.stride() and torch.equal(one, other)
        if isinstance(one, dict):
            return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
        if isinstance(one, list | tuple):
            return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
        return one == other

    packed = pack(values)
    assert packed["tree"]["large"] is values["large"] and sorted(packed["flat"]) == ["bfloat16", "float32", "int64"]
    values["small"][0] += 1  # a copy: the training may go on
    found = unpack(packed)
    assert not same(found, values)
    values["small"][0] -= 1
    assert same(unpack(pack(values)), values)
