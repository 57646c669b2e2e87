"""The resident inference process: what it answers, and that nothing ends it but end-of-file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from converted import LABELS, converted_project, trained_project
from mai.data import decode
from mai.errors import MaiError
from mai.infer.protocol import Request
from mai.infer.session import Session
from mai.models.registry import build_model, save_model
from mai.voice.runtime import forward, write_npz
from photo_project import photo
from PIL import Image

ENTRY = Path(__file__).parents[2] / "python" / "infer.py"


class Worker:
    """The process, asked line by line."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, str(ENTRY)], stdin=pipe, stdout=pipe, stderr=pipe)
        assert json.loads(self.process.stdout.readline())["event"] == "ready"

    def say(self, line: bytes) -> dict:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, **request: object) -> dict:
        return self.say(json.dumps(request).encode())


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.process.stdin.close()
    assert made.process.wait(30) == 0  # end-of-file ends it, and quietly
    made.process.stdout.close()
    made.process.stderr.close()


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    photo(0, 99, 96).resize((160, 96)).save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


GARBAGE = (
    b"garbage", b"[1]", b"null", b'"x"', b'{"id":7}', b"[" * 100_000, b"\xff\xfe", b"{" + b" " * 2_000_000 + b"}",
    b'{"id":7,"model":1,"file":"x","type":"voice"}', b'{"id":7,"model":"x","file":"\\u0000","type":"voice"}',
    b'{"id":7,"model":"x","file":"y","type":"poetry"}', b'{"id":7,"model":"x","file":"y","type":["voice"]}',
    b'{"id":7,"model":"x","file":"y","type":"detection","threshold":NaN}',
    b'{"id":7,"model":"x","file":"y","type":"detection","threshold":"high"}',
    b'{"id":7,"model":"x","file":"y","type":"detection","threshold":2}',
    b'{"id":7,"model":"/\\ud800","file":"\\ud800","type":"voice"}', b'{"id":{"a":[NaN]},"model":"x"}',
)  # fmt: skip


class TestProtocol:
    def test_every_bad_line_gets_an_error_and_the_next_one_an_answer(self, worker: Worker, snapshot: Path) -> None:
        for line in GARBAGE:
            answer = worker.say(line)
            assert set(answer) == {"id", "error"}, line[:60]
            assert answer["error"]["code"] and answer["error"]["msg"]
        model = str(trained_project() / "output")
        answer = worker.ask(id=8, model=model, file=str(snapshot), type="classification")
        assert answer["id"] == 8 and answer["result"]["prediction"] in LABELS

    def test_a_model_that_is_not_there(self, worker: Worker, tmp_path: Path) -> None:
        answer = worker.ask(id=1, model=str(tmp_path), file="x", type="classification")
        assert answer["error"]["code"] == "model_missing"

    def test_a_model_that_is_broken(self, worker: Worker, tmp_path: Path, snapshot: Path) -> None:
        (tmp_path / "model.pth").write_bytes(b"not a model")
        answer = worker.ask(id=1, model=str(tmp_path), file=str(snapshot), type="classification")
        assert answer["error"]["code"] == "model_unreadable"

    def test_files_that_are_no_photo(self, worker: Worker, tmp_path: Path) -> None:
        model = str(trained_project() / "output")
        (tmp_path / "text.jpg").write_text("hello")
        (tmp_path / "empty.png").write_bytes(b"")
        (tmp_path / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        Image.new("L", (20_000, 20_000)).save(tmp_path / "bomb.png")
        expected = {"text.jpg": "not_an_image", "empty.png": "not_an_image", "drawing.svg": "not_an_image",
                    "bomb.png": "image_too_large", "gone.png": "file_missing"}  # fmt: skip
        for name, code in expected.items():
            answer = worker.ask(id=1, model=model, file=str(tmp_path / name), type="classification")
            assert answer["error"]["code"] == code, name

    def test_a_project_of_another_kind(self, worker: Worker, snapshot: Path) -> None:
        model = str(trained_project() / "output")
        answer = worker.ask(id=1, model=model, file=str(snapshot), type="detection")
        assert answer["error"]["code"] == "type_mismatch"


def request(model: Path, file: Path, kind: str, **more: object) -> Request:
    return Request(model, file, kind, more.get("threshold"), more.get("board", True))


class TestFormats:
    """Whatever training takes is answered for, and a refusal lists the same formats."""

    @pytest.mark.parametrize("kind", [name for name in decode.FORMATS if name != "JPEG"])
    def test_photos(self, snapshot: Path, tmp_path: Path, kind: str) -> None:
        picture, session = Image.open(snapshot).convert("P" if kind == "GIF" else "RGB"), Session()
        picture.save(tmp_path / "same.png")
        options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}.get(kind, {})
        picture.save(tmp_path / "other", kind, **options)
        model = trained_project() / "output"
        answers = [session(request(model, tmp_path / name, "classification")) for name in ("same.png", "other")]
        assert answers[0]["prob"] == pytest.approx(answers[1]["prob"], abs=0.02)

    def test_refusals(self, tmp_path: Path) -> None:
        (tmp_path / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300))
        (tmp_path / "text").write_text("hello")
        model = trained_project() / "output"
        for name, words in (("photo.jpg", "HEIC.*Most Compatible"), ("text", "JPEG, PNG.*AVIF")):
            with pytest.raises(MaiError, match=words) as caught:
                Session()(request(model, tmp_path / name, "classification"))
            assert caught.value.code == "not_an_image"


class TestClassification:
    def test_answers_for_the_board_too_once_converted(self, snapshot: Path) -> None:
        session, root = Session(), converted_project()
        before = session(request(root / "output", snapshot, "classification"))
        assert "board" not in before
        result = session(request(root / "converted", snapshot, "classification"))
        for each in (result, result["board"]):
            assert each["prediction"] in LABELS
            assert each["prob"] == max(each["probs"].values())
            assert sum(each["probs"].values()) == pytest.approx(1, abs=1e-4)
        assert result["prob"] == pytest.approx(before["prob"], abs=1e-6)
        assert result["board"]["probs"]["red"] == pytest.approx(result["probs"]["red"], abs=0.25)
        assert "board" not in session(request(root / "converted", snapshot, "classification", board=False))

    def test_reads_a_model_again_when_its_file_has_changed(self, snapshot: Path, tmp_path: Path) -> None:
        session, folder = Session(), tmp_path / "model"
        shutil.copytree(trained_project() / "output", folder)
        first = session(request(folder, snapshot, "classification"))
        other = build_model("IMAGE_CLASSIFICATION", "mobilenet-10", 3)
        save_model(folder / "model.pth", other, project_type="IMAGE_CLASSIFICATION", name="mobilenet-10",
                   labels=("x", "y", "z"), arch={}, split={}, train_config={}, metrics={})  # fmt: skip
        second = session(request(folder, snapshot, "classification"))
        assert set(first["probs"]) == set(LABELS) and set(second["probs"]) == {"x", "y", "z"}

    def test_keeps_few_models(self, snapshot: Path, tmp_path: Path) -> None:
        session = Session(kept=2)
        for number in range(4):
            shutil.copytree(trained_project() / "output", tmp_path / str(number))
            session(request(tmp_path / str(number), snapshot, "classification"))
        assert len(session._models) == 2

    def test_a_board_file_that_is_broken_says_so(self, snapshot: Path, tmp_path: Path) -> None:
        shutil.copytree(trained_project() / "output", tmp_path / "m")
        (tmp_path / "m" / "model_int8.param").write_text("nonsense")
        (tmp_path / "m" / "model_int8.bin").write_bytes(b"")
        with pytest.raises(MaiError) as caught:
            Session()(request(tmp_path / "m", snapshot, "classification"))
        assert caught.value.code == "model_unreadable"


def test_boxes_are_in_pixels_of_the_photo_sent(tmp_path: Path) -> None:
    network = build_model("OBJECT_DETECTION", "slim_yolo_v2", 2)
    save_model(tmp_path / "model.pth", network.eval(), project_type="OBJECT_DETECTION", name="slim_yolo_v2",
               labels=("a", "b"), arch={}, split={}, metrics={},
               train_config={"object_threshold": 0.5, "iou_threshold": 0.5})  # fmt: skip
    Image.new("RGB", (640, 480), "green").save(tmp_path / "wide.png")
    boxes = Session()(request(tmp_path, tmp_path / "wide.png", "detection", threshold=0.0))["boxes"]
    assert boxes and set(boxes[0]) == {"x1", "y1", "x2", "y2", "prob", "label"}
    assert min(box["x1"] for box in boxes) >= 80 and max(box["x2"] for box in boxes) <= 560  # the centre square
    assert max(box["y2"] for box in boxes) > 400 and max(box["y2"] for box in boxes) <= 480
    assert Session()(request(tmp_path, tmp_path / "wide.png", "detection"))["boxes"] == []


class TestVoice:
    def model(self, folder: Path) -> Path:
        network = build_model("VOICE_CLASSIFICATION", "voice-cnn", 2, frames=30, widths=(8, 8, 8), embedding=8).eval()
        save_model(folder / "model.pth", network, project_type="VOICE_CLASSIFICATION", name="voice-cnn",
                   labels=("no", "yes"), arch={"frames": 30, "widths": [8, 8, 8], "embedding": 8}, split={},
                   train_config={}, metrics={})  # fmt: skip
        from mai.convert.voice_arrays import voice_arrays

        write_npz(voice_arrays(network), ("no", "yes"), folder / "model_cpu.npz")
        return folder

    def clip(self, path: Path, seconds: float, word_at: float) -> Path:
        time = np.arange(int(44100 * seconds)) / 44100
        loud = np.abs(time - word_at) < 0.2
        sound = (np.sin(2 * np.pi * 440 * time) * np.where(loud, 20_000, 50)).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(44100)
            file.writeframes(sound.tobytes())
        return path

    def test_answers_with_the_place_of_the_word_and_the_boards_answer(self, tmp_path: Path) -> None:
        folder = self.model(tmp_path)
        result = Session()(request(folder, self.clip(tmp_path / "clip.wav", 4.0, 2.6), "voice"))
        assert result["prediction"] in ("no", "yes")
        assert result["loudest_s"] == pytest.approx(2.6, abs=0.2)
        assert result["board"]["prob"] == pytest.approx(result["prob"], abs=1e-4)  # the board runs the same in numpy

    @pytest.mark.parametrize(("kind", "how"), [
        ("FLAC", "PCM_16"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("CAF", "PCM_16"),
        ("AU", "PCM_16"), ("WAVEX", "PCM_24"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"),
    ])  # fmt: skip
    def test_every_format_that_training_takes(self, tmp_path: Path, kind: str, how: str) -> None:
        folder, clip = self.model(tmp_path), self.clip(tmp_path / "clip.wav", 2.0, 1.2)
        sound, rate = soundfile.read(clip)
        soundfile.write(tmp_path / "other", sound, rate, format=kind, subtype=how)
        answers = [Session()(request(folder, tmp_path / name, "voice")) for name in ("clip.wav", "other")]
        assert answers[0]["prob"] == pytest.approx(answers[1]["prob"], abs=0.05)

    def test_sounds_that_cannot_be_used(self, tmp_path: Path) -> None:
        folder = self.model(tmp_path)
        (tmp_path / "text.wav").write_text("hello")
        for file, code in (
            (tmp_path / "text.wav", "not_a_clip"), (self.clip(tmp_path / "long.wav", 31.0, 1), "clip_too_long"),
            (self.clip(tmp_path / "short.wav", 0.1, 0), "clip_too_short"),
        ):  # fmt: skip
            with pytest.raises(MaiError) as caught:
                Session()(request(folder, file, "voice"))
            assert caught.value.code == code
            assert code != "not_a_clip" or "WAV, FLAC, OGG" in caught.value.msg


def test_the_numpy_network_is_the_trained_one() -> None:
    import torch
    from mai.convert.voice_arrays import voice_arrays

    network = build_model("VOICE_CLASSIFICATION", "voice-cnn", 3, frames=30).eval()
    x = torch.randn(2, 3, 40, 29)
    with torch.inference_mode():
        assert np.abs(forward(voice_arrays(network), x.numpy()) - network(x).numpy()).max() < 1e-4
