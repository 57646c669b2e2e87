"""The layers that a block program may use, and the allowed values of each argument.

Only layers that training, converter and board support are here: the IDE's own blocks first (Conv2d, Dense,
Flatten, max pooling and seven activations), then those that people write by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mai.models.block_parse import LayerCall, Value, mistake

MAX_WIDTH = 4096  # channels or features of one layer
MAX_KERNEL = 31
MAX_STRIDE = 16

REQUIRED = object()


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`; with `pair` also two of them (height, width)."""

    low: int
    high: int
    pair: bool = False
    default: Any = REQUIRED

    def check(self, value: Value) -> Any:
        values = value if self.pair and isinstance(value, tuple) and len(value) == 2 else (value,)
        if not all(type(item) is int and self.low <= item <= self.high for item in values):
            raise ValueError(str(self))
        return value

    def __str__(self) -> str:
        span = f"{self.low}..{self.high}"
        return f"{span}, ({span}, {span})" if self.pair else span


@dataclass(frozen=True)
class Real:
    """A number from `low` to `high`."""

    low: float
    high: float
    default: Any = REQUIRED

    def check(self, value: Value) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not self.low <= value <= self.high:
            raise ValueError(f"{self.low:g}..{self.high:g}")
        return float(value)


@dataclass(frozen=True)
class OneOf:
    """One of a few values, or (`other`) what another rule allows."""

    choices: tuple[Value, ...]
    default: Any = REQUIRED
    other: Whole | None = None

    def check(self, value: Value) -> Any:
        if any(value is choice or (value == choice and type(value) is type(choice)) for choice in self.choices):
            return value
        try:
            if self.other is not None:
                return self.other.check(value)
        except ValueError:
            pass
        raise ValueError(", ".join(map(str, (*self.choices, *([self.other] if self.other else [])))))


Rule = Whole | Real | OneOf

_FLAG = OneOf((True, False), default=False)
_BIAS = OneOf((True, False), default=True)
_WIDTH = Whole(1, MAX_WIDTH)
_CONVOLUTION: dict[str, Rule] = {
    "out_channels": _WIDTH,
    "kernel_size": Whole(1, MAX_KERNEL, pair=True),
    "stride": Whole(1, MAX_STRIDE, pair=True, default=1),
    "padding": OneOf(("same", "valid"), default=0, other=Whole(0, MAX_KERNEL, pair=True)),
    "dilation": Whole(1, MAX_STRIDE, pair=True, default=1),
    "groups": Whole(1, MAX_WIDTH, default=1),
    "bias": _BIAS,
    "padding_mode": OneOf(("zeros",), default="zeros"),
}
_NORM: dict[str, Rule] = {
    "eps": Real(1e-8, 1.0, default=1e-5),
    "momentum": Real(0.0, 1.0, default=0.1),
    "affine": OneOf((True,), default=True),
    "track_running_stats": OneOf((True,), default=True),
}
_POOL: dict[str, Rule] = {
    "kernel_size": Whole(1, MAX_KERNEL, pair=True),
    "stride": OneOf((None,), default=None, other=Whole(1, MAX_STRIDE, pair=True)),
    "padding": Whole(0, MAX_KERNEL // 2, pair=True, default=0),
    "ceil_mode": OneOf((False,), default=False),  # with padding it writes one row too many on the board
}
_GLOBAL: dict[str, Rule] = {"output_size": OneOf((1, (1, 1)))}
_DROPOUT: dict[str, Rule] = {"p": Real(0.0, 0.95, default=0.5), "inplace": _FLAG}

LAYERS: dict[str, dict[str, Rule]] = {
    "Conv2d": {"in_channels": _WIDTH, **_CONVOLUTION},
    "LazyConv2d": _CONVOLUTION,
    "BatchNorm2d": {"num_features": _WIDTH, **_NORM},
    "LazyBatchNorm2d": _NORM,
    "ReLU": {"inplace": _FLAG},
    "LeakyReLU": {"negative_slope": Real(0.0, 1.0, default=0.01), "inplace": _FLAG},
    "PReLU": {"num_parameters": Whole(1, MAX_WIDTH, default=1), "init": Real(0.0, 1.0, default=0.25)},
    "ELU": {"alpha": Real(0.01, 10.0, default=1.0), "inplace": _FLAG},
    "Sigmoid": {},
    "Tanh": {},
    "Softmax": {"dim": OneOf((None, 1, -1), default=None)},
    "MaxPool2d": _POOL,
    "AvgPool2d": {**_POOL, "count_include_pad": _BIAS},
    "AdaptiveAvgPool2d": _GLOBAL,
    "AdaptiveMaxPool2d": _GLOBAL,
    "Dropout": _DROPOUT,
    "Dropout2d": _DROPOUT,
    "Flatten": {"start_dim": OneOf((1,), default=1), "end_dim": OneOf((-1,), default=-1)},
    "Linear": {"in_features": Whole(1, 1_000_000), "out_features": _WIDTH, "bias": _BIAS},
    "LazyLinear": {"out_features": _WIDTH, "bias": _BIAS},
}


def checked_arguments(call: LayerCall) -> dict[str, Any]:
    """Every argument of the layer by name, defaults filled in. Raises MaiError with line and reason."""
    rules = LAYERS.get(call.name)
    if rules is None:
        name, choices = call.name[:40], ", ".join(LAYERS)
        raise mistake(call.line, "block_layer_unknown", layer=name, choices=choices)
    names = list(rules)
    given = dict(zip(names, call.args, strict=False))
    unknown = [name[:40] for name in call.kwargs if name not in rules or name in given]
    if len(call.args) > len(names) or unknown:
        what = unknown[0] if unknown else str(len(call.args))
        takes = ", ".join(names) or "()"
        raise mistake(call.line, "block_argument_unknown", layer=call.name, argument=what, choices=takes)
    given |= call.kwargs
    return {name: _checked(call, name, rule, given) for name, rule in rules.items()}


def _checked(call: LayerCall, name: str, rule: Rule, given: Mapping[str, Value]) -> Any:
    if name not in given:
        if rule.default is REQUIRED:
            raise mistake(call.line, "block_argument_missing", layer=call.name, argument=name)
        return rule.default
    try:
        return rule.check(given[name])
    except ValueError as expected:
        value = _short(given[name])
        raise mistake(
            call.line,
            "block_argument_wrong",
            layer=call.name,
            argument=name,
            value=value,
            expected=str(expected),
        ) from None


def _short(value: Value) -> str:
    """The value as it was written, cut to 60 characters (Python refuses to print huge whole numbers)."""
    if type(value) is int and abs(value) >= 10**20:
        return f"{'-' if value < 0 else ''}10^{math.log10(abs(value)):.0f}"
    return repr(value)[:60]
