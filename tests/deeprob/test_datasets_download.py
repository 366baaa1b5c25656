"""Downloads: mirrors, resume, checksums, full disks; with a server on this machine or a transport in memory."""

from __future__ import annotations

import errno
import hashlib
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from datasets_official import write_idx

from deeprob.datasets import DatasetError, RemoteFile, catalog, describe, download, load
from deeprob.datasets.download import Reply, UrlTransport, fetch, writing

CONTENT = np.random.RandomState(0).bytes(700_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT: /good with ranges, /plain without, /cut breaks off, /wrong other bytes, /page a web page."""

    def do_GET(self):
        server, name = self.server, self.path.strip("/")
        asked = self.headers.get("Range")
        server.log.append((name, asked))
        body = {"wrong": CONTENT[::-1], "page": b"<html>Quota exceeded</html>"}.get(name, CONTENT)
        if name == "missing":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and name not in ("plain", "page") else 0
        if start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : start + 300_000] if name == "cut" else body[start:])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.log = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def remote(server):
    server.log.clear()
    port = server.server_address[1]

    def make(*names, size=700_000):
        return RemoteFile("a.bin", tuple(f"http://127.0.0.1:{port}/{name}" for name in names), SHA256, size=size)

    return make


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_checked_and_named(tmp_path, remote):
    path = fetch(remote("good"), tmp_path / "new" / "folder", progress=False)
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == ["a.bin"]


def test_a_broken_download_goes_on_where_it_stopped(tmp_path, remote, server):
    with pytest.raises(DatasetError, match=r"127.0.0.1: the connection ended after 300,000 of 700,000 bytes"):
        fetch(remote("cut"), tmp_path, progress=False)
    assert names(tmp_path) == ["a.bin.part"]
    assert fetch(remote("good"), tmp_path, progress=False).read_bytes() == CONTENT
    assert server.log == [("cut", None), ("good", "bytes=300000-")]
    assert names(tmp_path) == ["a.bin"]


def test_the_next_mirror_goes_on_where_the_last_one_broke_off(tmp_path, remote, server):
    assert fetch(remote("missing", "cut", "good"), tmp_path, progress=False).read_bytes() == CONTENT
    assert server.log == [("missing", None), ("cut", None), ("good", "bytes=300000-")]


def test_a_mirror_that_cannot_resume_starts_anew(tmp_path, remote):
    (tmp_path / "a.bin.part").write_bytes(CONTENT[:1000])
    assert fetch(remote("plain"), tmp_path, progress=False).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"x" * 1000, CONTENT + b"more", b"x" * len(CONTENT)], ids=["bad", "long", "full"])
def test_a_part_that_is_no_good_is_dropped_and_fetched_anew(tmp_path, remote, part):
    (tmp_path / "a.bin.part").write_bytes(part)
    assert fetch(remote("good"), tmp_path, progress=False).read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin"]


def test_a_complete_part_is_used(tmp_path, remote, server):
    (tmp_path / "a.bin.part").write_bytes(CONTENT)
    assert fetch(remote("good"), tmp_path, progress=False).read_bytes() == CONTENT
    assert server.log == [("good", "bytes=700000-")]


def test_a_wrong_checksum_keeps_nothing_and_tries_the_next_mirror(tmp_path, remote):
    assert fetch(remote("wrong", "good"), tmp_path, progress=False).read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin"]


def test_when_every_mirror_fails_the_error_says_what_each_did_and_what_to_do(tmp_path, remote):
    with pytest.raises(DatasetError) as caught:
        fetch(remote("missing", "wrong"), tmp_path, progress=False)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'a.bin'}: no mirror gave this file. 127.0.0.1: HTTP 404 Not Found; ")
    assert f"expected sha256 {SHA256[:16]}..., it has" in message
    assert 'Next step: check the network and call load again, or get the file another way and put it at' in message
    assert 'load("digits") and load("shapes") need no network' in message
    assert names(tmp_path) == []


def test_a_web_page_in_place_of_the_file_is_called_by_its_name(tmp_path, remote):
    with pytest.raises(DatasetError, match="it sent a web page, not the file"):
        fetch(remote("page", size=None), tmp_path, progress=False)
    assert names(tmp_path) == []


def test_md5_decides_where_no_sha256_is_published(tmp_path, server):
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    md5 = hashlib.md5(CONTENT).hexdigest()
    assert fetch(RemoteFile("a.bin", (url + "good",), md5=md5), tmp_path, progress=False).read_bytes() == CONTENT
    with pytest.raises(DatasetError, match=f"expected md5 {md5[:16]}"):
        fetch(RemoteFile("b.bin", (url + "wrong",), md5=md5), tmp_path, progress=False)


def test_no_network_is_said_in_words(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = RemoteFile("a.bin", (f"http://127.0.0.1:{port}/a.bin",), sha256=SHA256)
    with pytest.raises(DatasetError, match=r"127.0.0.1: .*refused.* Next step: check the network"):
        fetch(file, tmp_path, UrlTransport(timeout=2), progress=False)
    assert names(tmp_path) == []


class Memory:
    """A transport that needs no network: answers by URL; an exception is raised."""

    def __init__(self, **answers):
        self.answers = answers

    @contextmanager
    def open(self, url, start):
        answer = self.answers[url.rsplit("/", 1)[1].split(".")[0].replace("-", "_")]
        if isinstance(answer, Exception):
            raise answer
        yield Reply(start, len(answer) - start, iter([answer[start:]]))


def test_an_unknown_host_is_said_in_words(tmp_path):
    transport = Memory(a=socket.gaierror(-2, "Name or service not known"))
    file = RemoteFile("a.bin", ("https://nowhere.example/a.bin",), sha256=SHA256)
    with pytest.raises(DatasetError, match=r"nowhere.example: .*Name or service not known"):
        fetch(file, tmp_path, transport, progress=False)


class FullDisk:
    """A file that takes some bytes and then has no room."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, block):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = self.file.write(block[: self.room])
        self.room -= count
        return count

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    opened = download._opened
    monkeypatch.setattr(download, "_opened", lambda *args: FullDisk(opened(*args), 1000))
    file = RemoteFile("a.bin", ("https://x.example/a.bin",), sha256=SHA256, size=len(CONTENT))
    with pytest.raises(DatasetError) as caught:
        fetch(file, tmp_path, Memory(a=CONTENT), progress=False)
    assert str(caught.value) == (
        f"{tmp_path / 'a.bin'}: the disk is full; nothing was kept. The file has 0.7 MB. "
        "Next step: free some space, or pass root=FOLDER on another disk."
    )
    assert names(tmp_path) == []


def test_a_cache_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "new" / "cache.npy"

    def write_half():
        with writing(target) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DatasetError, match=r"cache.npy: the disk is full; nothing was kept"):
        write_half()
    assert names(target.parent) == []
    with writing(target) as file:
        file.write(b"whole")
    assert target.read_bytes() == b"whole"
    assert names(target.parent) == ["cache.npy"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match=r"cannot be written .*Next step: pass root=FOLDER"):
        fetch(RemoteFile("a.bin", ("https://x.example/a.bin",)), tmp_path / "file" / "sub", Memory(a=b"1"), False)


@pytest.fixture
def tiny_mnist(tmp_path, monkeypatch):
    """MNIST's and Fashion-MNIST's descriptions with checksums of small files, and those files as bytes."""
    sets, contents = [], {}
    for seed, name in enumerate(("mnist", "fashion_mnist")):
        for kind, values in {
            "train_images_idx3_ubyte": np.random.RandomState(seed).randint(0, 256, (4, 28, 28)).astype(np.uint8),
            "train_labels_idx1_ubyte": np.arange(seed, 4 + seed, dtype=np.uint8),
        }.items():
            contents[name, kind] = write_idx(tmp_path / "made.gz", values).read_bytes()
        (tmp_path / "made.gz").unlink()
        info = describe(name)
        files = tuple(
            RemoteFile(f.name, f.mirrors, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for f in info.files
            if (content := contents.get((name, f.name.split(".")[0].replace("-", "_"))))
        )
        sets.append(replace(info, files=files))
    monkeypatch.setattr(catalog, "_SETS", tuple(sets))
    return contents


def served(contents, name):
    return Memory(**{kind: content for (owner, kind), content in contents.items() if owner == name})


def test_load_downloads_what_is_missing_and_then_needs_no_network(tmp_path, tiny_mnist):
    split = load("mnist", root=tmp_path, transport=served(tiny_mnist, "mnist"), progress=False)
    assert split.labels.tolist() == [0, 1, 2, 3]
    assert names(tmp_path / "mnist") == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    again = load("mnist", root=tmp_path, transport=Memory(), progress=False)
    assert again.labels.tolist() == [0, 1, 2, 3]


def test_files_of_the_same_name_of_another_set_are_passed_by(tmp_path, tiny_mnist):
    for kind in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (tmp_path / f"{kind}.gz").write_bytes(tiny_mnist["fashion_mnist", kind.replace("-", "_")])
    split = load("mnist", root=tmp_path, transport=served(tiny_mnist, "mnist"), progress=False)
    assert split.labels.tolist() == [0, 1, 2, 3]
    assert load("fashion_mnist", root=tmp_path, download=False).labels.tolist() == [1, 2, 3, 4]


def test_a_file_of_another_set_in_the_set_s_own_folder_is_told(tmp_path, tiny_mnist):
    (tmp_path / "mnist").mkdir()
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(tiny_mnist["fashion_mnist", "train_images_idx3_ubyte"])
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte.gz, this is a file of fashion_mnist"):
        load("mnist", root=tmp_path, progress=False)


def test_a_corrupt_file_in_the_folder_is_refused_not_replaced(tmp_path, tiny_mnist):
    (tmp_path / "mnist").mkdir()
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    content = bytearray(tiny_mnist["mnist", "train_images_idx3_ubyte"])
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte.gz: expected sha256 .*corrupt.*Next step: delete"):
        load("mnist", root=tmp_path, progress=False)
    assert path.read_bytes() == content


def test_without_download_the_missing_file_and_its_address_are_named(tmp_path):
    message = r"cifar-10-python.tar.gz: it is not there, and download=False. Next step: get it from https://www.cs"
    with pytest.raises(DatasetError, match=message):
        load("cifar10", root=tmp_path, download=False)


def test_a_path_to_an_archive_that_is_not_there_is_not_taken_for_a_folder(tmp_path):
    with pytest.raises(DatasetError, match=r"my.tar.gz: there is no such file; cifar10 was to be read from it"):
        load("cifar10", root=tmp_path / "my.tar.gz")
    assert names(tmp_path) == []


def test_every_remote_file_has_a_checksum_and_two_mirrors():
    for name in ("cifar10", "mnist", "fashion_mnist", "props"):
        info = describe(name)
        assert info.files
        for file in info.files:
            assert len(file.mirrors) >= 2
            assert file.sha256 or file.md5
            assert file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32
            assert file.md5 is None or len(bytes.fromhex(file.md5)) == 16
