"""Tidy tables: what is written reads back exactly; holes are holes; tables that contradict themselves are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.formats import read, table
from duet_core.skeletons import by_name
from tests.core.sound_files import Y_UP_FROM_ROOM, body

SMPL = by_name("smpl-22")


def written(folder: Path) -> Path:
    clip = Clip(body(SMPL), 29.97, SMPL, meta={"dancers": ["Ana", "Bo"]})
    table.write(clip, folder / "a.csv")
    return folder / "a.csv"


def test_a_written_table_reads_back_exactly(tmp_path: Path) -> None:
    values = body(SMPL).astype(np.float32)
    values[2, 1, 7] = np.nan
    sure = np.random.default_rng(0).random((6, 2, 22)).astype(np.float32)
    clip = Clip(values, 29.97, SMPL, sure, {"dancers": ["Ana", "Bo, the tall"]})
    table.write(clip, tmp_path / "a.csv")
    again = read(tmp_path / "a.csv")
    np.testing.assert_array_equal(again.positions, clip.positions)
    np.testing.assert_array_equal(again.confidence, clip.confidence)
    assert (again.names, again.skeleton) == (clip.names, SMPL)
    assert again.fps == pytest.approx(29.97, rel=1e-4)


def test_rows_may_come_in_any_order_with_any_separator_and_missing_ones_are_unknown(tmp_path: Path) -> None:
    file = written(tmp_path)
    expected = read(file).positions
    title, *rows = file.read_text().splitlines()
    gone = rows.pop(50)
    (tmp_path / "b.csv").write_text("\n".join([title, *rows[::-1]]).replace(",", ";") + "\n")
    clip = read(tmp_path / "b.csv")
    order = [clip.names.index(name) for name in ("Ana", "Bo")]
    frame, joint = int(gone.split(",")[0]), SMPL.joints.index(gone.split(",")[3])
    assert np.isnan(clip.positions[frame, order[1 if gone.split(",")[2] == "Bo" else 0], joint]).all()
    known = ~np.isnan(clip.positions[:, order])
    np.testing.assert_allclose(clip.positions[:, order][known], expected[known], atol=1e-6)
    assert any("missing" in w for w in clip.meta["warnings"])


def test_a_solo_table_needs_no_dancer_and_other_names_are_understood(tmp_path: Path) -> None:
    rows = ["Frame,Keypoint,X,Y,Z"]
    rows += [f"{t},{name},{x},{y},{z}" for t in range(3) for name, (x, y, z) in zip(SMPL.joints, body(SMPL)[t, 0], strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    clip = read([tmp_path / "a.csv", tmp_path / "a.csv"], fps=50)
    assert (clip.dancers, clip.fps, clip.skeleton) == (2, 50, SMPL)


def test_a_table_with_y_up_in_millimetres_is_turned_and_scaled_with_a_warning(tmp_path: Path) -> None:
    values = body(SMPL) @ Y_UP_FROM_ROOM.T * 1000
    table.write(Clip(values, 30, SMPL), tmp_path / "a.csv")
    clip = read(tmp_path / "a.csv")
    assert 1.6 < clip.positions[..., 2].max() < 1.7
    assert any("y up" in w for w in clip.meta["warnings"]) and any("no metres" in w for w in clip.meta["warnings"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [*rows, rows[5]], "comes twice"),
        (lambda rows: [rows[0], *(row.replace("Bo", "Cy") if i % 5 else row for i, row in enumerate(rows[1:]))], "3 dancers"),
        (lambda rows: [*rows[:9], rows[9].rsplit(",", 2)[0], *rows[10:]], r"line 10: there are 6 cells"),
        (lambda rows: [*rows[:9], rows[9].replace("0.", "zero", 1), *rows[10:]], "line 10.*is no number"),
        (lambda rows: [*rows[:9], "9999999" + rows[9][1:], *rows[10:]], "leap"),
        (lambda rows: rows[:1], "no rows"),
        (lambda rows: [*rows[:9], "0.5" + rows[9][1:], *rows[10:]], "no whole number"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(tmp_path: Path, change, says: str) -> None:
    file = written(tmp_path)
    file.write_text("\n".join(change(file.read_text().splitlines())) + "\n")
    with pytest.raises(InputError, match=says) as caught:
        read(file)
    assert "a.csv" in str(caught.value)


def test_parquet_reads_where_a_library_is_and_says_what_to_install_where_none_is(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    try:
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError:
        file.write_bytes(b"PAR1" + bytes(40) + b"PAR1")
        with pytest.raises(InputError, match="install pyarrow"):
            read(file)
        return
    expected = read(written(tmp_path))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "a.csv"), file)
    clip = read(file)
    np.testing.assert_array_equal(clip.positions, expected.positions)
    assert clip.names == expected.names
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError, match="no sound Parquet"):
        read(file)
