"""Pretrained weights: found, fetched and checked; and what happens where they cannot be had."""

import contextlib
import hashlib
import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from mai.errors import MaiError
from mai.models import download, weights
from mai.models.registry import build_model
from mai.models.weights import Published, choose_start
from photo_project import events_of


@pytest.fixture(scope="module")
def content():
    """A file as its publisher would serve it: a state dict of ResNet-18."""
    file = io.BytesIO()
    torch.save(build_model("IMAGE_CLASSIFICATION", "resnet18", 1000).state_dict(), file)
    return file.getvalue()


@pytest.fixture
def publisher(content):
    """A local server; `answers` maps paths to bodies, `asked` counts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked += 1
            body = server.answers.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answers, server.asked = {"/resnet18.pth": content}, 0
    server.url = f"http://127.0.0.1:{server.server_port}/resnet18.pth"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def published(monkeypatch, content):
    def set_up(url, sha256=None):
        entry = Published(url, sha256 or hashlib.sha256(content).hexdigest())
        monkeypatch.setitem(weights.PUBLISHED, "resnet18", entry)

    return set_up


def codes(capsys):
    return [event["code"] for event in events_of(capsys.readouterr().out)]


def test_weights_are_fetched_once_and_then_found(publisher, published, tmp_path, capsys):
    published(publisher.url)
    for _ in range(2):
        start = choose_start("resnet18", "fail", tmp_path)
        assert (start.name, start.weights) == ("resnet18", "imagenet")
    assert publisher.asked == 1
    assert [path.name for path in tmp_path.iterdir()] == ["resnet18.pth"]
    assert codes(capsys) == ["weights_downloading"]


def test_a_file_that_is_not_the_published_one_is_not_kept(publisher, published, tmp_path):
    published(publisher.url, "0" * 64)
    with pytest.raises(MaiError) as caught:
        choose_start("resnet18", "fail", tmp_path)
    assert caught.value.code == "weights_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_in_the_folder_is_fetched_again(publisher, published, tmp_path, capsys, content):
    published(publisher.url)
    (tmp_path / "resnet18.pth").write_bytes(content[:1000])
    assert choose_start("resnet18", "fail", tmp_path).weights == "imagenet"
    assert (tmp_path / "resnet18.pth").read_bytes() == content
    assert codes(capsys) == ["weights_damaged", "weights_downloading"]


def test_an_address_that_answers_404_is_missing_weights(publisher, published, tmp_path, capsys):
    published(publisher.url.replace("resnet18", "gone"))
    assert choose_start("resnet18", "random", tmp_path).state is None
    assert codes(capsys) == ["weights_downloading", "weights_missing_random"]


def test_a_host_that_never_answers_is_given_up(published, tmp_path, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        published(f"http://127.0.0.1:{silent.getsockname()[1]}/resnet18.pth")
        monkeypatch.setattr(download, "ANSWER_S", 0.2)
        start = choose_start("resnet18", "substitute", tmp_path)
    assert (start.name, start.weights) == ("efficientnet-lite0", "imagenet")
    notice = events_of(capsys.readouterr().out)[-1]
    assert (notice["code"], notice["asked"], notice["used"]) == (
        "network_substituted",
        "resnet18",
        "efficientnet-lite0",
    )
    assert "On the board" in notice["msg"]
    assert (notice["fewer_least"], notice["fewer_most"]) == (3, 16)


@pytest.fixture
def slow_line(content):
    """The address of a server that sends ten pieces, a tenth of a second between them; and what it sends."""
    slow = content[:50_000]

    def serve():
        connection, _ = listening.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(slow))
            for begin in range(0, len(slow), 5_000):
                with contextlib.suppress(OSError):  # the client has given up
                    connection.sendall(slow[begin : begin + 5_000])
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/resnet18.pth", slow
        thread.join(5)


def test_a_slow_line_is_no_silent_one(slow_line, tmp_path, monkeypatch):
    """What comes in small pieces, none of them late, is waited for."""
    url, sent = slow_line
    monkeypatch.setattr(download, "ANSWER_S", 0.5)
    monkeypatch.setattr(download, "STALL_S", 0.5)
    download.fetch(url, hashlib.sha256(sent).hexdigest(), tmp_path / "resnet18.pth")
    assert (tmp_path / "resnet18.pth").read_bytes() == sent


def test_a_download_without_end_is_given_up(slow_line, tmp_path, monkeypatch):
    url, sent = slow_line
    monkeypatch.setattr(download, "WHOLE_S", 0.3)
    with pytest.raises(download.DownloadError, match="not there after"):
        download.fetch(url, hashlib.sha256(sent).hexdigest(), tmp_path / "resnet18.pth")
    assert list(tmp_path.iterdir()) == []


def test_the_limit_for_an_answer_is_within_ten_seconds():
    assert download.ANSWER_S < 10


def test_what_has_no_published_weights_starts_from_nothing_with_a_notice(tmp_path, capsys):
    start = choose_start("mobilenet-50", "fail", tmp_path)
    assert (start.name, start.weights, start.state) == ("mobilenet-50", "random", None)
    assert codes(capsys) == ["network_without_weights"]


def test_digests_begin_as_the_publishers_file_names_say():
    for entry in weights.PUBLISHED.values():
        assert len(entry.sha256) == 64
        assert entry.sha256.startswith(entry.file.removesuffix(".pth").rpartition("-")[2])
