"""What the README shows runs, block after block, as a reader would type it."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_code_of_the_readme_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    for block in blocks:
        exec(compile(block, README.name, "exec"), namespace)
    assert "kerasmlpclassifier__activation" in capsys.readouterr().out
    assert namespace["clf"].history_["val_accuracy"][-1] > 0.9
