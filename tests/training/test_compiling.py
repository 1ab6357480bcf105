"""``run.compile``: where torch has no C++ compiler a run says so in a line and goes on as before."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from duet_core.training.beginning import new_model  # noqa: E402
from duet_core.training.compiling import compile_parts  # noqa: E402
from tests.training.tiny import tiny  # noqa: E402


def test_without_a_compiler_one_line_says_so_and_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = pytest.importorskip("torch._inductor.config")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))  # what was compiled before must not help
    said: list[str] = []
    model = new_model(tiny())
    with config.patch({"cpp.cxx": ("no-such-compiler",)}):
        assert not compile_parts(model, said.append)
    torch._dynamo.reset()
    assert len(said) == 1
    assert said[0].startswith("run.compile: not compiled")
    assert "\n" not in said[0]
    positions, parents = torch.randn(2, 24, 2, 5, 3), torch.tensor([-1, 0, 1, 2, 3])
    assert torch.isfinite(model(positions, parents).posterior.types).all()
