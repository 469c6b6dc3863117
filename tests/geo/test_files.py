import os
from pathlib import Path

import pytest

from kantong.geo.files import replace_folder, sha256, write_whole


def test_a_crash_while_writing_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "lapisan.geojson"
    path.write_bytes(b"lama")

    def fail(_handle):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, b"baru")
    assert path.read_bytes() == b"lama"
    assert [entry.name for entry in tmp_path.iterdir()] == ["lapisan.geojson"]


def test_folders_on_the_way_are_made(tmp_path):
    write_whole(tmp_path / "a" / "b.txt", b"isi")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"isi"


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)])
def test_a_file_is_as_private_as_the_umask_says(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "cadangan.zip", b"isi")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert (tmp_path / "cadangan.zip").stat().st_mode & 0o777 == mode


def test_the_hash_is_the_published_one_of_the_empty_text():
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "contoh"
    replace_folder(folder, {"a.csv": b"1", "b.csv": b"2"})
    replace_folder(folder, {"a.csv": b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.csv": b"3"}
    assert [path.name for path in tmp_path.iterdir()] == ["contoh"]


def test_a_fault_while_replacing_leaves_the_old_folder(tmp_path, monkeypatch):
    folder = tmp_path / "contoh"
    replace_folder(folder, {"a.csv": b"lama"})
    rename = Path.rename

    def fail_for_the_new(self, target):
        if self.name == "new":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(OSError, match="disk full"):
        replace_folder(folder, {"a.csv": b"baru"})
    assert (folder / "a.csv").read_bytes() == b"lama"
    assert [path.name for path in tmp_path.iterdir()] == ["contoh"]
