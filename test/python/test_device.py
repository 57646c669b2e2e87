"""Which number format a device trains in."""

import pytest
import torch
from mai.device import autocast_dtype


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((8, 6), torch.bfloat16), ((12, 0), torch.bfloat16)],
)
def test_bfloat16_only_where_the_card_itself_multiplies_it(monkeypatch, capability, dtype):
    """A Turing card (7.5) emulates it, slowly; the card asked is the one that the job runs on."""
    cards = {torch.device("cuda:0"): (9, 0), torch.device("cuda:1"): capability}
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", cards.__getitem__)
    assert autocast_dtype(torch.device("cuda:1")) == dtype
