"""Choose the device that a job runs on, and find out what its processor can do."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from mai import events
from mai.errors import MaiError

Network = TypeVar("Network", bound=nn.Module)
# Linux: there as soon as the driver of an NVIDIA card is loaded, in a container too.
DRIVER = Path("/proc/driver/nvidia/version")


def choose_device(name: str) -> torch.device:
    """`auto`, `cpu`, `cuda` or `cuda:N` → a device that is there. Raises MaiError if it is not."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise MaiError("device_unknown", value=name) from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise MaiError(
            "device_missing",
            value=name,
            count=torch.cuda.device_count(),
        )
    return device


def job_device(name: str) -> torch.device:
    """`choose_device`, with a notice where `auto` had to leave an NVIDIA card unused."""
    device = choose_device(name)
    if name == "auto" and device.type == "cpu":
        say_if_unused_gpu()
    return device


def say_if_unused_gpu() -> None:
    """Send `gpu_driver_old` or `gpu_unusable` if a card's driver is loaded but this build of PyTorch cannot use it."""
    if torch.version.cuda is None or not DRIVER.exists():
        return
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        if "driver" in reason and "too old" in reason:
            events.notice(
                "gpu_driver_old",
                cuda=torch.version.cuda,
            )
            return
        events.notice(
            "gpu_unusable",
            reason=reason,
        )


def device_name(device: torch.device) -> str:
    """The name people know: the GPU's, or the processor's model."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return f"CPU ({line.partition(':')[2].strip()})"
    return f"CPU ({platform.processor() or platform.machine()})"


def inference_batch(device: torch.device) -> int:
    """Photos in one forward pass without gradients.

    Few on a processor, so that the activations stay in its cache: EfficientNet-Lite0 took 5.0 ms a
    photo on two cores with 8 and 7.0 with 32; slim YOLOv2 a quarter less with 8 than with 48.
    """
    return 8 if device.type == "cpu" else 64


def memory_format(network: nn.Module, device: torch.device) -> torch.memory_format:
    """How the network's weights and its input lie in memory: channels-last, the faster way in the long run.

    But not with depthwise convolutions on a GPU: there cuDNN prepares a kernel for each of their shapes
    first. An H200 took 20.5 s for the first epoch of EfficientNet-Lite0 and 0.07 s for those after it;
    contiguous 2.6 and 0.11 s, and 0.3 s in place of 1.9 to 3.4 for the features of the first 64 photos.
    """
    depthwise = any(isinstance(module, nn.Conv2d) and module.groups > 1 for module in network.modules())
    return torch.contiguous_format if depthwise and device.type == "cuda" else torch.channels_last


def to_device(network: Network, device: torch.device, layout: torch.memory_format) -> Network:
    """The network itself, moved to `device`; its weights lie in memory as `layout` says."""
    # torch takes memory_format, but its types leave it out
    return network.to(device, memory_format=layout)  # type: ignore[call-overload]


def autocast_dtype(device: torch.device) -> torch.dtype | None:
    """bfloat16 where the device multiplies it in hardware; float16 on older GPUs; else None (train in float32).

    Measured: 1.8 times the training speed of ResNet-18 on a processor with avx512_bf16.
    Emulated bfloat16 is slower than float32, hence the look at the processor's flags.
    """
    if device.type == "cuda":
        # Not torch.cuda.is_bf16_supported(): it says yes to cards that emulate it, and asks the first card only.
        multiplies = torch.version.hip is not None or torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if multiplies else torch.float16
    capabilities = torch.backends.cpu.get_cpu_capability()
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    has_bf16 = "avx512_bf16" in flags or "amx_bf16" in flags
    return torch.bfloat16 if has_bf16 and capabilities.startswith("AVX512") else None
