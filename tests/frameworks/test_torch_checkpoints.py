"""Checkpoints that PyTorch saved are audited, loaded with weights alone."""

import io
import pickle

import pytest

from initbench.auditing import audit, read_checkpoint
from initbench.errors import UsageError

pytestmark = pytest.mark.frameworks


@pytest.fixture(scope="module")
def torch():
    """Return PyTorch."""
    return pytest.importorskip("torch")


def module(torch, seed=0):
    """Return a small network with PyTorch's default initialization."""
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(200, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10)]
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_state_dict_is_read(torch, tmp_path, nested, legacy):
    """Alone or beside an optimizer's state, in both formats of torch.save."""
    state = module(torch).state_dict()
    path = tmp_path / "a.pt"
    saved = {"model_state_dict": state, "epoch": 3} if nested else state
    torch.save(saved, path, _use_new_zipfile_serialization=not legacy)
    result = audit(read_checkpoint([path]), "torch:linear")
    assert [tensor.name for tensor in result.tensors] == list(state)
    assert [(tensor.fan_in, tensor.fan_out) for tensor in result.tensors[::2]] == [
        (200, 100),
        (100, 10),
    ]
    assert result.consistent
    refuted = audit(read_checkpoint([path]), "he_normal").tensors[0]
    assert "PyTorch's default" in refuted.cause


def test_bfloat16_is_read(torch, tmp_path):
    """Half precision of either kind is consistent with the law that was drawn."""
    for dtype in (torch.bfloat16, torch.float16):
        torch.save(module(torch).to(dtype).state_dict(), tmp_path / "a.pth")
        assert audit(read_checkpoint([tmp_path / "a.pth"]), "torch:linear").consistent


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_is_no_state_dict_is_refused_in_a_line(torch, tmp_path):
    """Only tensors are loaded; the message says what to save, and nothing of an unsafe way."""
    path, data = tmp_path / "a.pt", io.BytesIO()
    torch.save(module(torch), data)
    script = torch.jit.trace(module(torch), torch.zeros(1, 200))
    for content, what in (
        (data.getvalue(), "holds torch.nn.modules.container.Sequential beside tensors"),
        (data.getvalue()[:500], "is damaged, or not a file that torch.save wrote"),
        (pickle.dumps([1]), "is damaged, or not a file that torch.save wrote"),
        (b"text", "is damaged, or not a file that torch.save wrote"),
        (script.save_to_buffer(), "is a TorchScript archive"),
    ):
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            read_checkpoint([path])
        assert str(caught.value).startswith(f"{path}: {what}")
        assert str(caught.value).endswith(": save model.state_dict()")
        assert "weights_only" not in str(caught.value)
        assert len(str(caught.value).removeprefix(str(path))) < 160


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_float8_is_refused_by_name(torch, tmp_path, dtype):
    """It is floating point, and too coarse to be tested."""
    torch.save({"w": torch.ones(4, 4).to(getattr(torch, dtype))}, tmp_path / "a.pt")
    with pytest.raises(UsageError, match=f"tensor 'w' holds {dtype} numbers, which are too coarse"):
        read_checkpoint([tmp_path / "a.pt"])
