"""The demo stays true: it runs, everything rings, nothing is left behind."""

import subprocess
import sys

from servers import ROOT, tocsin_binary


def test_demo(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, ROOT / "packs/demo/demo.py", tocsin_binary(),
         "--speed", "200"], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=120, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("byte for byte: yes") == 2
    assert "NOT RING" not in done.stdout and ": NO" not in done.stdout
    assert "What to read next" in done.stdout.split("What happened")[1]
    assert "\033" not in done.stdout  # no colours without a terminal
    assert list(tmp_path.iterdir()) == []
