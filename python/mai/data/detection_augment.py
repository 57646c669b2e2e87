"""Augment a detection batch on its device: scale, stretch, shift, flip and colour, and the boxes with the photos.

The geometry of a photo is one affine map from the output's coordinates to the photo's (both −1..1).
So a batch needs one `grid_sample`, and the boxes take the inverse map. Random numbers come from a
generator on the CPU: the same seed gives the same pictures on every device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from mai.data.boxes import MIN_SIDE, MIN_VISIBLE

Size = int | tuple[int, int]  # of a picture in pixels: the side of a square, or height and width


@dataclass(frozen=True)
class AugmentRange:
    """How far a photo may be changed. Zero everywhere leaves it as it is."""

    zoom: float = 0.5  # things get up to 1+zoom times larger or smaller
    stretch: float = 0.15  # and up to this share wider than high, or the reverse
    shift: float = 0.25  # of the photo's side
    flip: float = 0.5  # probability of a mirror image
    light: float = 0.3  # brightness, contrast
    saturation: float = 0.5
    tint: float = 0.1  # gain of each colour


@dataclass(frozen=True)
class Affine:
    """photo = scale · output + offset, per photo and axis (x, y), in coordinates −1..1. (n, 2) each."""

    scale: torch.Tensor
    offset: torch.Tensor


def random_affine(
    n: int, ranges: AugmentRange, generator: torch.Generator, may_mirror: torch.Tensor | None = None
) -> Affine:
    """One random geometry per photo; `may_mirror` (n,) bool: which may be mirrored, without it all."""
    zoom = (1 + ranges.zoom) ** _uniform((n, 1), generator)
    stretch = (1 + ranges.stretch) ** _uniform((n, 1), generator)
    shift = 2 * ranges.shift * _uniform((n, 2), generator)
    turned = torch.rand(n, 1, generator=generator) < ranges.flip
    if may_mirror is not None:
        turned &= may_mirror[:, None]
    mirror = torch.where(turned, -1.0, 1.0)
    scale = torch.cat([mirror * stretch, 1 / stretch], dim=1) / zoom
    return Affine(scale, shift)


def move_boxes(
    boxes: torch.Tensor, valid: torch.Tensor, affine: Affine, size: Size
) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes (n, K, 4) in −1..1 of the photo → boxes in pixels of the output, clipped to what can be seen of
    the photo there, and which of the `valid` ones are still worth learning (mai.data.boxes)."""
    height, width = sides(size)
    whole = (boxes[..., 2:] - boxes[..., :2]).prod(-1) * (width * height / 4) / affine.scale.prod(-1).abs()[:, None]
    corners = boxes.clamp(-1, 1).view(*boxes.shape[:2], 2, 2)
    corners = (corners - affine.offset[:, None, None]) / affine.scale[:, None, None]
    corners = ((corners + 1) * torch.tensor([width / 2, height / 2])).clamp(min=0)
    corners = torch.minimum(corners, torch.tensor([float(width), float(height)]))
    moved = torch.cat([corners.amin(2), corners.amax(2)], dim=-1)
    side = moved[..., 2:] - moved[..., :2]
    return moved, valid & (side.prod(-1) >= MIN_VISIBLE * whole) & (side.amin(-1) >= MIN_SIDE)


def warp(photos: torch.Tensor, affine: Affine, size: Size) -> torch.Tensor:
    """(n, 3, S, S) float → (n, 3, height, width); what lies outside the photo is 0 (mid-grey once normalised)."""
    theta = torch.zeros(len(photos), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = affine.scale.unbind(1)
    theta[:, :, 2] = affine.offset
    theta = theta.to(photos.device, non_blocking=True)
    grid = F.affine_grid(theta, [len(photos), 3, *sides(size)], align_corners=False)
    return F.grid_sample(photos, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def random_colour(photos: torch.Tensor, ranges: AugmentRange, generator: torch.Generator) -> torch.Tensor:
    """Brightness, contrast, saturation and tint as one colour matrix per photo. Normalised photos (−1..1)."""
    n = len(photos)
    contrast = 1 + ranges.light * _uniform((n, 1, 1), generator)
    saturation = 1 + ranges.saturation * _uniform((n, 1, 1), generator)
    gain = 1 + ranges.tint * _uniform((n, 3, 1), generator)
    brightness = ranges.light * _uniform((n, 3, 1), generator)[:, :1].expand(n, 3, 1)
    grey = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)  # luma of ITU-R BT.601
    matrix = contrast * gain * (saturation * torch.eye(3) + (1 - saturation) * grey)
    brightness, matrix = (part.to(photos.device, non_blocking=True) for part in (brightness, matrix))
    flat = torch.baddbmm(brightness, matrix, photos.flatten(2))
    return flat.view_as(photos).clamp_(-1, 1)


def sides(size: Size) -> tuple[int, int]:
    """Height and width."""
    return (size, size) if isinstance(size, int) else size


def _uniform(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Evenly from −1 to 1."""
    return torch.rand(shape, generator=generator) * 2 - 1
