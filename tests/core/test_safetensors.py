"""The reader of safetensors files: every kind of number comes back, and nothing damaged gets through."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.inference.runtime.safetensors import DTYPES, pack, parse
from duet_core.inference.runtime.weights import Weights


def written(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def one(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8), **more: Any) -> dict[str, Any]:
    return {"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}, **more}


@pytest.mark.parametrize("dtype", [name for name in DTYPES if name not in ("BF16", "BOOL")])
def test_numbers_of_every_kind_come_back(dtype: str) -> None:
    values = np.array([[1, 2, 3], [4, 5, 100]], DTYPES[dtype])
    scalar = np.array(7, "<f4")
    header = {
        "__metadata__": {"format": "pt"},
        "scalar": {"dtype": "F32", "shape": [], "data_offsets": [values.nbytes, values.nbytes + 4]},
        "values": {"dtype": dtype, "shape": [2, 3], "data_offsets": [0, values.nbytes]},
        "nothing": {"dtype": "F32", "shape": [0, 3], "data_offsets": [0, 0]},
    }
    read = parse(written(header, values.tobytes() + scalar.tobytes()))
    assert set(read) == {"scalar", "values", "nothing"}
    assert read["values"].dtype == values.dtype and np.array_equal(read["values"], values)
    assert read["scalar"].shape == () and read["scalar"] == 7 and read["nothing"].shape == (0, 3)
    read["values"][0, 0] = 9  # an array of its own


def test_bfloat16_comes_back_as_float32() -> None:
    exact = np.array([1.0, -2.5, 0.0, 3.140625], np.float32)
    half = (exact.view(np.uint32) >> 16).astype("<u2")
    read = parse(written(one("BF16", (4,), (0, 8)), half.tobytes()))["a"]
    assert read.dtype == np.float32 and np.array_equal(read, exact)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "0 bytes"),
        (b"\x00" * 7, "7 bytes"),
        (b"\xff" * 64, "header"),
        ((10**9).to_bytes(8, "little") + b"{}", "header"),
        (b"\x80\x04\x95" + b"\x00" * 40, "header"),
        (written(b"{"), "JSON"),
        (written(b"\xff\xfe"), "JSON"),
        (written(b"[" * 100_000), "JSON"),
        (written(b'{"a": 1, "a": 2}'), "twice"),
        (written([]), "table"),
        (written({"a": 3}), "'a'"),
        (written(one("F4"), bytes(8)), "F4"),
        (written(one(dtype=["F32"]), bytes(8)), "F32"),  # type: ignore[arg-type]
        (written(one(shape=[-2]), bytes(8)), "shape"),
        (written(one(shape=[2.0]), bytes(8)), "shape"),
        (written(one(shape=[True]), bytes(8)), "shape"),
        (written(one(shape=[2**40, 2**40], offsets=(0, 8)), bytes(8)), "8 bytes"),
        (written(one(shape=[3]), bytes(8)), "8 bytes"),
        (written(one(shape=[1] * 70 + [2]), bytes(8)), "shape"),
        (written(one(shape=[0, 2**61, 2**61], offsets=(0, 0))), "shape"),
        (written(one(offsets=(0, 16)), bytes(8)), "outside"),
        (written(one(offsets=(8, 0)), bytes(8)), "outside"),
        (written(one(offsets=(0, 8, 9)), bytes(8)), "outside"),
        (written(one(offsets=(-8, 0)), bytes(8)), "outside"),
        (written(one(), bytes(12)), "belong to no tensor"),
        (written(one(offsets=(4, 12)), bytes(12)), "start at byte 4"),
        (written(one(b={"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}), bytes(12)), "start at byte 4"),
    ],
)
def test_what_is_damaged_is_refused_with_the_file_named(raw: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse(raw, "model.safetensors")
    assert str(caught.value).startswith("model.safetensors")


def test_tensors_must_have_the_shapes_of_the_model_and_all_be_part_of_it() -> None:
    weights = Weights({"encoder.a.weight": np.ones((2, 3)), "encoder.b": np.ones(4), "decoder.c": np.ones(1)}, "w").under("encoder")
    assert weights.under("a").take("weight", 2, 3).dtype == np.float32
    with pytest.raises(InputError, match=r"encoder\.a\.bias is missing"):
        weights.under("a").take("bias", 2)
    with pytest.raises(InputError, match=r"encoder\.b has the shape \[4\], not \[5\]"):
        weights.take("b", 5)
    with pytest.raises(InputError, match=r"encoder\.b is not part"):
        weights.all_taken()
    weights.take("b", 4)
    weights.all_taken()


def test_what_is_written_is_what_the_formats_own_library_writes() -> None:
    library = pytest.importorskip("safetensors.numpy")
    tensors = {f"of {name}": np.ones((3, 2), code) for name, code in DTYPES.items() if name != "BF16"}
    tensors |= {'scalar é"': np.array(7, "<f4"), "nothing": np.zeros((0, 3), "<f4"), "big-endian": np.arange(3, dtype=">f4")[::-1]}
    same = {name: np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")) for name, value in tensors.items()}
    same['scalar é"'] = tensors['scalar é"']
    assert pack(tensors) == library.save(same)
    assert pack(tensors, {"made": "here"}) == library.save(same, {"made": "here"})
    assert all(np.array_equal(value, tensors[name]) for name, value in parse(pack(tensors)).items())
    with pytest.raises(KeyError):
        pack({"a": np.zeros(2, np.complex64)})
