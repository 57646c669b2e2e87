"""The checkpoint of a training: when it is written, and what happens to one that cannot be used."""

import pytest
import torch
from loop_job import KilledError, make_job
from mai.train.engine import resume
from mai.train.engine.loop import train
from photo_project import events_of

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_checkpoint_is_due_by_time(tmp_path, monkeypatch):
    interval, clock, written = resume.checkpoint_interval, [1000.0], []
    monkeypatch.setattr(resume, "checkpoint_interval", lambda device: 5.0)
    monkeypatch.setattr(resume.time, "monotonic", lambda: clock[0])
    real = resume.write_file

    def note(folder, values):
        written.append(values["tree"]["epoch"])
        return real(folder, values)

    monkeypatch.setattr(resume, "write_file", note)

    def tick(epoch, _matric):
        clock[0] += 2

    outcome = train(make_job(tmp_path, epochs=8, after_epoch=tick))
    assert written == [4, 7] and outcome.epoch == 8
    assert interval(torch.device("cpu")) == 0 < interval(torch.device("cuda"))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "last.pt").write_bytes(b"half"), "checkpoint_unreadable"),
        (lambda folder: None, "checkpoint_of_other_settings"),
    ],
)
def test_a_checkpoint_that_does_not_fit_starts_again_with_a_notice(tmp_path, capsys, spoil, code):
    train(make_job(tmp_path, epochs=2))
    spoil(tmp_path)
    capsys.readouterr()
    train(make_job(tmp_path, epochs=2, fingerprint="other"), from_checkpoint=True)
    sent = events_of(capsys.readouterr().out)
    assert sent[0]["code"] == code
    assert [e["epoch"] for e in sent if e["event"] == "epoch_end"] == [1, 2]


def test_a_kill_while_writing_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    train(make_job(tmp_path, epochs=2))
    before = (tmp_path / "last.pt").read_bytes()

    def half(values, file):
        file.write(b"half")
        raise KilledError

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KilledError):
        train(make_job(tmp_path, epochs=3, fingerprint="g"))
    assert (tmp_path / "last.pt").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pt", "best.pt", "last.pt"]  # 0.pt was half written
