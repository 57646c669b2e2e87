"""The stages of a conversion: their order, their events, their names in errors."""

from __future__ import annotations

import errno
import json

import pytest
from mai.convert.stages import Stages
from mai.errors import MaiError
from spnn.errors import SpnnFormatError


class TestStages:
    @pytest.mark.parametrize(("reason", "code"), [
        (MaiError("layer_unsupported", layer="x", type="Swish", reason="no", advice="none"), "layer_unsupported"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (MemoryError(), "out_of_memory"),
        (ValueError("odd"), "conversion_failed"),
    ])  # fmt: skip
    def test_name_themselves_in_every_error(self, reason: Exception, code: str, capsys) -> None:
        stages = Stages(("one", "two"))
        with stages.enter("one"):
            pass
        with pytest.raises(MaiError) as caught, stages.enter("two"):
            raise reason
        assert caught.value.code == code
        assert caught.value.params["stage"] == "two"
        assert "two" in caught.value.msg or code == "layer_unsupported"
        sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(event["stage"], event["step"], event["steps"]) for event in sent] == [("one", 1, 2), ("two", 2, 2)]
        assert list(stages.seconds) == ["one"]

    def test_name_a_file_without_its_folder(self) -> None:
        with pytest.raises(MaiError) as caught, Stages(("one",)).enter("one"):
            raise SpnnFormatError(2, "says 77 layers, but 42 lines follow", unit="line", file="/srv/secret/model.param")
        assert "one (model.param, line 2: says 77 layers" in caught.value.msg
        assert "secret" not in caught.value.msg

    def test_keep_their_order(self) -> None:
        with pytest.raises(ValueError, match="comes next"), Stages(("one", "two")).enter("two"):
            pass
