import pytest

from sk_mnist_mlp.reproduce.files import write_file, write_text


def test_text_replaces_the_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    write_text(path, "new ± 1")
    assert path.read_text(encoding="utf-8") == "new ± 1"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_failed_write_leaves_the_old_file_alone(tmp_path, error):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def write(file):
        file.write(b"half")
        raise error

    with pytest.raises(error):
        write_file(path, write)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
